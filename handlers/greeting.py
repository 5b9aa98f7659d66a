"""What is printed when a server is ready."""

from handlers.settings import Settings


def greet(settings: Settings, given: Settings) -> None:
    """Where everything is, for whoever has just started this; of the secrets, those that we have made."""
    base = _address(settings)
    if settings.in_production:
        print(f"Nexus is ready: {base}/docs", flush=True)
        return
    password = "as set in NEXUS_ADMIN_PASSWORD" if given.admin_password else settings.admin_password
    key, sent = settings.admin_api_key, settings.admin_api_key
    if given.admin_api_key:
        key, sent = "as set in NEXUS_ADMIN_API_KEY", "$NEXUS_ADMIN_API_KEY"
    print(
        f"\nNexus is ready.\n\n"
        f"  operations  {base}/docs\n"
        f"  events      {base}/docs/events\n"
        f"{_procedures(settings)}"
        f"  log in      {settings.admin_username} / {password}\n"
        f"  API key     {key}\n\n"
        f"Try it:\n\n"
        f'  curl -s {base}/v2/tasks -H "Authorization: Bearer {sent}" \\\n'
        f"    -H 'Content-Type: application/json' -d '{{\"title\": \"My first task\"}}'\n",
        flush=True,
    )


def _procedures(settings: Settings) -> str:
    return f"  gRPC        {_host(settings)}:{settings.grpc_port}\n" if settings.grpc_port else ""


def _address(settings: Settings) -> str:
    scheme = "https" if settings.tls_cert_path else "http"
    return f"{scheme}://{_host(settings)}:{settings.api_port}"


def _host(settings: Settings) -> str:
    return "localhost" if settings.api_host == "127.0.0.1" else settings.api_host
