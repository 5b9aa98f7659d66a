"""GPUs, by a library that answers as NVIDIA's does; and what is said where there is none."""

from pathlib import Path
from types import SimpleNamespace

from adapters.machine.gpus import NvmlGpus
from handlers.core.machine import Gpu

_H100 = Gpu("NVIDIA H100", 80 * 1024**3, 12 * 1024**3, 15, 45)


class FakeNvml:
    """The part of `pynvml` that is asked, over the GPUs that are given; None is one that tells nothing."""

    NVML_TEMPERATURE_GPU = 0

    class NVMLError(Exception):
        """As the library's."""

    def __init__(self, *gpus: Gpu | None, has_driver: bool = True) -> None:
        self._gpus = gpus
        self._has_driver = has_driver
        self.begun = 0

    def nvmlInit(self) -> None:  # noqa: N802 - the library's name, as all here
        self.begun += 1
        if not self._has_driver:
            raise self.NVMLError

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return len(self._gpus)

    def nvmlDeviceGetHandleByIndex(self, number: int) -> Gpu:  # noqa: N802
        gpu = self._gpus[number]
        if gpu is None:
            raise self.NVMLError
        return gpu

    def nvmlDeviceGetName(self, gpu: Gpu) -> str:  # noqa: N802
        return gpu.model

    def nvmlDeviceGetMemoryInfo(self, gpu: Gpu) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(total=gpu.memory_total, used=gpu.memory_used)

    def nvmlDeviceGetUtilizationRates(self, gpu: Gpu) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(gpu=gpu.percent)

    def nvmlDeviceGetTemperature(self, gpu: Gpu, sensor: int) -> float:  # noqa: N802
        assert sensor == self.NVML_TEMPERATURE_GPU
        return gpu.temperature


def test_each_gpu_tells_of_itself() -> None:
    """All figures of all GPUs, and the library is begun once however often it is asked."""
    nvml = FakeNvml(_H100, _H100)
    gpus = NvmlGpus(nvml)
    assert gpus.read() == gpus.read() == (_H100, _H100)
    assert nvml.begun == 1


def test_a_gpu_that_tells_nothing_is_left_out() -> None:
    """The others are told of all the same."""
    assert NvmlGpus(FakeNvml(None, _H100)).read() == (_H100,)


def test_without_a_driver_there_is_none() -> None:
    """And when one comes, its GPUs do."""
    nvml = FakeNvml(_H100, has_driver=False)
    gpus = NvmlGpus(nvml)
    assert gpus.read() == ()
    nvml._has_driver = True
    assert gpus.read() == (_H100,)


def test_the_real_library_is_asked() -> None:
    """It answers with GPUs that are whole, and where there is no driver with none."""
    found = NvmlGpus().read()
    assert found == () or Path("/proc/driver/nvidia").exists()
    assert all(gpu.model and 0 <= gpu.memory_used <= gpu.memory_total for gpu in found)
