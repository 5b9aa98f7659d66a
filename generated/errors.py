# Generated from specs/ by `make generate`. Do not edit.
"""How each dialect says no: its status and its code, if it has one, for every kind of refusal."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Error:
    """What a dialect calls one kind of refusal."""

    status: int
    code: str | None = None


ERRORS: dict[str, dict[str, Error]] = {
    'ggi': {
        'invalid_request': Error(status=400, code='invalid_request'),
        'unprocessable': Error(status=400, code='invalid_request'),
        'unauthenticated': Error(status=401, code='unauthorized'),
        'forbidden': Error(status=403, code='forbidden'),
        'not_found': Error(status=404, code='not_found'),
        'method_not_allowed': Error(status=405, code='method_not_allowed'),
        'request_timeout': Error(status=408, code='invalid_request'),
        'conflict': Error(status=409, code='conflict'),
        'precondition_failed': Error(status=412, code='conflict'),
        'payload_too_large': Error(status=413, code='payload_too_large'),
        'unsupported_media_type': Error(status=415, code='unsupported_media_type'),
        'headers_too_large': Error(status=431, code='invalid_request'),
        'rate_limited': Error(status=429, code='rate_limited'),
        'internal': Error(status=500, code='internal_error'),
        'unavailable': Error(status=503, code='service_unavailable'),
    },
    'v1': {
        'invalid_request': Error(status=400, code='INVALID_REQUEST'),
        'unprocessable': Error(status=422, code='VALIDATION_ERROR'),
        'unauthenticated': Error(status=401, code='UNAUTHORIZED'),
        'forbidden': Error(status=403, code='FORBIDDEN'),
        'not_found': Error(status=404, code='NOT_FOUND'),
        'method_not_allowed': Error(status=405, code='METHOD_NOT_ALLOWED'),
        'request_timeout': Error(status=408, code='TIMEOUT'),
        'conflict': Error(status=409, code='CONFLICT'),
        'precondition_failed': Error(status=412, code='CONFLICT'),
        'payload_too_large': Error(status=413, code='PAYLOAD_TOO_LARGE'),
        'unsupported_media_type': Error(status=415, code='UNSUPPORTED_MEDIA_TYPE'),
        'headers_too_large': Error(status=431, code='INVALID_REQUEST'),
        'rate_limited': Error(status=429, code='RATE_LIMIT_EXCEEDED'),
        'internal': Error(status=500, code='INTERNAL_ERROR'),
        'unavailable': Error(status=503, code='SERVICE_UNAVAILABLE'),
    },
    'v2': {
        'invalid_request': Error(status=400, code='INVALID_REQUEST'),
        'unprocessable': Error(status=422, code='VALIDATION_ERROR'),
        'unauthenticated': Error(status=401, code='AUTHENTICATION_FAILED'),
        'forbidden': Error(status=403, code='FORBIDDEN'),
        'not_found': Error(status=404, code='NOT_FOUND'),
        'method_not_allowed': Error(status=405, code='METHOD_NOT_ALLOWED'),
        'request_timeout': Error(status=408, code='TIMEOUT'),
        'conflict': Error(status=409, code='CONFLICT'),
        'precondition_failed': Error(status=412, code='PRECONDITION_FAILED'),
        'payload_too_large': Error(status=413, code='PAYLOAD_TOO_LARGE'),
        'unsupported_media_type': Error(status=415, code='UNSUPPORTED_MEDIA_TYPE'),
        'headers_too_large': Error(status=431, code='INVALID_REQUEST'),
        'rate_limited': Error(status=429, code='RATE_LIMIT_EXCEEDED'),
        'internal': Error(status=500, code='INTERNAL_ERROR'),
        'unavailable': Error(status=503, code='SERVICE_UNAVAILABLE'),
    },
    'lexos': {
        'invalid_request': Error(status=400, code='INVALID_REQUEST'),
        'unprocessable': Error(status=400, code='INVALID_REQUEST'),
        'unauthenticated': Error(status=401, code='INVALID_TOKEN'),
        'forbidden': Error(status=403, code='ACCESS_DENIED'),
        'not_found': Error(status=404, code='NOT_FOUND'),
        'method_not_allowed': Error(status=405, code='METHOD_NOT_ALLOWED'),
        'request_timeout': Error(status=408, code='INVALID_REQUEST'),
        'conflict': Error(status=409, code='CONFLICT'),
        'precondition_failed': Error(status=412, code='CONFLICT'),
        'payload_too_large': Error(status=413, code='PAYLOAD_TOO_LARGE'),
        'unsupported_media_type': Error(status=415, code='UNSUPPORTED_MEDIA_TYPE'),
        'headers_too_large': Error(status=431, code='INVALID_REQUEST'),
        'rate_limited': Error(status=429, code='RATE_LIMIT_EXCEEDED'),
        'internal': Error(status=500, code='INTERNAL_ERROR'),
        'unavailable': Error(status=503, code='SERVICE_UNAVAILABLE'),
    },
    'mesh': {
        'invalid_request': Error(status=400),
        'unprocessable': Error(status=400),
        'unauthenticated': Error(status=401),
        'forbidden': Error(status=403),
        'not_found': Error(status=404),
        'method_not_allowed': Error(status=405),
        'request_timeout': Error(status=408),
        'conflict': Error(status=409),
        'precondition_failed': Error(status=412),
        'payload_too_large': Error(status=413),
        'unsupported_media_type': Error(status=415),
        'headers_too_large': Error(status=431),
        'rate_limited': Error(status=429),
        'internal': Error(status=500),
        'unavailable': Error(status=503),
    },
}
