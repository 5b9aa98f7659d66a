# Generated from specs/ by `make generate`. Do not edit.
"""How the server says no: a class for each code of the contract."""

from __future__ import annotations

from .faults import ApiError


class AuthenticationFailed(ApiError):
    """Answered with 401."""

    code = 'AUTHENTICATION_FAILED'


class BadGateway(ApiError):
    """Answered with 502."""

    code = 'BAD_GATEWAY'


class Conflict(ApiError):
    """Answered with 409."""

    code = 'CONFLICT'


class Forbidden(ApiError):
    """Answered with 403."""

    code = 'FORBIDDEN'


class InternalError(ApiError):
    """Answered with 500."""

    code = 'INTERNAL_ERROR'


class InvalidRequest(ApiError):
    """Answered with 400 or 431."""

    code = 'INVALID_REQUEST'


class MethodNotAllowed(ApiError):
    """Answered with 405."""

    code = 'METHOD_NOT_ALLOWED'


class NotFound(ApiError):
    """Answered with 404."""

    code = 'NOT_FOUND'


class OperationNotImplemented(ApiError):
    """Answered with 501."""

    code = 'NOT_IMPLEMENTED'


class PayloadTooLarge(ApiError):
    """Answered with 413."""

    code = 'PAYLOAD_TOO_LARGE'


class PreconditionFailed(ApiError):
    """Answered with 412."""

    code = 'PRECONDITION_FAILED'


class RateLimitExceeded(ApiError):
    """Answered with 429."""

    code = 'RATE_LIMIT_EXCEEDED'


class ServiceUnavailable(ApiError):
    """Answered with 503."""

    code = 'SERVICE_UNAVAILABLE'


class Timeout(ApiError):
    """Answered with 408."""

    code = 'TIMEOUT'


class UnsupportedMediaType(ApiError):
    """Answered with 415."""

    code = 'UNSUPPORTED_MEDIA_TYPE'


class ValidationError(ApiError):
    """Answered with 422."""

    code = 'VALIDATION_ERROR'


BY_CODE: dict[str, type[ApiError]] = {
    'AUTHENTICATION_FAILED': AuthenticationFailed,
    'BAD_GATEWAY': BadGateway,
    'CONFLICT': Conflict,
    'FORBIDDEN': Forbidden,
    'INTERNAL_ERROR': InternalError,
    'INVALID_REQUEST': InvalidRequest,
    'METHOD_NOT_ALLOWED': MethodNotAllowed,
    'NOT_FOUND': NotFound,
    'NOT_IMPLEMENTED': OperationNotImplemented,
    'PAYLOAD_TOO_LARGE': PayloadTooLarge,
    'PRECONDITION_FAILED': PreconditionFailed,
    'RATE_LIMIT_EXCEEDED': RateLimitExceeded,
    'SERVICE_UNAVAILABLE': ServiceUnavailable,
    'TIMEOUT': Timeout,
    'UNSUPPORTED_MEDIA_TYPE': UnsupportedMediaType,
    'VALIDATION_ERROR': ValidationError,
}
