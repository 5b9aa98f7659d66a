"""gRPC, put together: the batches of `nexus.proto` are held to what the contract says of a batch over HTTP."""

from dataclasses import replace
from pathlib import Path

from adapters.grpc.messages import Sent
from adapters.grpc.server import GrpcServer, Listening
from adapters.grpc.site import Frames, GrpcSite
from adapters.grpc.witness import Witness
from adapters.http.contract import Contract
from adapters.http.observer import Observer
from adapters.http.verdicts import invalid_body
from adapters.http.workers import GRACE_SECONDS
from handlers import names
from handlers.core.addresses import Proxies
from handlers.core.audit_words import event_type_of
from handlers.core.core import Core
from handlers.parts import Parts
from handlers.remote.telemetry import submit_frames
from handlers.settings import Settings

_PATH, _METHOD = "/v2/telemetry/batch", "post"
_SCHEMAS = "#/components/schemas"


class Judge:
    """Holds frames to the schema that they have over HTTP."""

    def __init__(self, contract: Contract) -> None:
        frame = {"$ref": f"{_SCHEMAS}/V2FrameSubmit"}
        self._one = contract.validator(frame)
        self._all = contract.validator({"type": "array", "items": frame})

    def __call__(self, frames: Frames) -> Frames:
        """The frames, those that the schema does not take with a refusal."""
        if self._all.is_valid([frame.value for frame in frames]):
            return frames
        return [self._judged(frame) for frame in frames]

    def _judged(self, frame: Sent) -> Sent:
        if frame.refusal is not None or self._one.is_valid(frame.value):
            return frame
        return replace(frame, refusal=invalid_body(next(iter(self._one.iter_errors(frame.value))), "frame"))


def served(settings: Settings, contract: Contract, parts: Parts, core: Core, observer: Observer) -> GrpcServer | None:
    """What serves gRPC, where settings ask for it."""
    if not settings.grpc_port:
        return None
    batch = contract.operation(_PATH, _METHOD)
    site = GrpcSite(
        core=core,
        authenticate=parts.identity.authenticate,
        scopes=tuple(scope for requirement in batch["security"] for scopes in requirement.values() for scope in scopes),
        meter=parts.meters.of("v2", batch["x-rate-limit"]),
        seats=parts.meters.seats("v2", batch["x-rate-limit"]),
        judge=Judge(contract),
        most=contract.stated({"$ref": f"{_SCHEMAS}/V2Batch"}, "maxItems"),
        event_type=event_type_of(batch["operationId"], _METHOD.upper()),
        submit=submit_frames,
        witness=Witness(parts.audit, parts.tallies, observer.batch, names.refusals()),
        open_streams=observer.streams.labels("grpc").track_inprogress,
        stopping=core.stopping,
        proxies=Proxies.read(settings.trusted_proxies),
    )
    return GrpcServer(site, _listening(settings))


def _listening(settings: Settings) -> Listening:
    return Listening(
        host=settings.api_host,
        port=settings.grpc_port,
        body_bytes=settings.max_body_bytes,
        grace_seconds=GRACE_SECONDS,
        certificate=Path(settings.tls_cert_path) if settings.tls_cert_path else None,
        key=Path(settings.tls_key_path) if settings.tls_key_path else None,
        shares_port=settings.workers > 1,
    )
