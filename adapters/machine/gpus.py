"""GPUs, as NVIDIA's management library (NVML) tells of them."""

from typing import Any

from handlers.core.machine import Gpu


class NvmlGpus:
    """The GPUs of the machine; none where there is no driver. `nvml` is the library, loaded when it is first needed."""

    def __init__(self, nvml: Any = None) -> None:
        self._nvml = nvml
        self._is_open = False

    def read(self) -> tuple[Gpu, ...]:
        """Each GPU that tells all of itself; one that is divided among others, or has fallen off, does not."""
        nvml = self._library()
        try:
            if not self._is_open:
                nvml.nvmlInit()
                self._is_open = True
            found = [self._gpu(nvml, number) for number in range(nvml.nvmlDeviceGetCount())]
        except nvml.NVMLError:
            return ()
        return tuple(gpu for gpu in found if gpu is not None)

    def _gpu(self, nvml: Any, number: int) -> Gpu | None:
        try:
            handle = nvml.nvmlDeviceGetHandleByIndex(number)
            memory = nvml.nvmlDeviceGetMemoryInfo(handle)
            return Gpu(
                model=nvml.nvmlDeviceGetName(handle),
                memory_total=memory.total,
                memory_used=memory.used,
                percent=nvml.nvmlDeviceGetUtilizationRates(handle).gpu,
                temperature=nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU),
            )
        except nvml.NVMLError:
            return None

    def _library(self) -> Any:
        if self._nvml is None:
            import pynvml  # noqa: PLC0415 - it costs memory

            self._nvml = pynvml
        return self._nvml
