"""Whether spans are recorded, and where they go: a service's own settings first, then the standard variables."""

import os
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version

import structlog

from ventanilla_runtime import logs, tracing
from ventanilla_runtime.settings import ServiceSettings

log = structlog.get_logger()

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


class TracesUnset(Exception):
    """Spans are asked for and cannot be sent; the text says what to change."""


def start_traces(service: str, settings: ServiceSettings) -> Callable[[float], None] | None:
    """Record spans from now on, if an operator wants them; the answer ends that. None: nobody does.

    It is given the seconds that are left for it, and blocks no longer than those.

    Raises:
        TracesUnset: OpenTelemetry's packages are not there, or a variable holds what it cannot.
    """
    if not wanted(settings, os.environ):
        return None
    try:
        from ventanilla_runtime.otel import Exporting
    except ImportError as error:
        raise TracesUnset(
            f"spans are to be sent, but {error.name} is not installed: pip install 'ventanilla-runtime[otel]', or unset"
            f" {' and '.join(_ENDPOINTS)}"
        ) from error
    ratio = settings.trace_ratio if settings.trace_ratio is not None else ratio_of(os.environ)
    try:
        release = version(f"ventanilla-{service}")
    except PackageNotFoundError:
        release = version("ventanilla-runtime")
    exporting = Exporting(service, release, settings.otlp_url, ratio)
    tracing.record_with(exporting)
    where = settings.otlp_url or next(os.environ[name] for name in _ENDPOINTS if os.environ.get(name))
    log.info("traces.started", endpoint=logs.redact_text(where), ratio=ratio)

    def end(within_seconds: float) -> None:
        tracing.record_with(None)
        exporting.close(within_seconds)

    return end


def wanted(settings: ServiceSettings, environment: Mapping[str, str]) -> bool:
    """Whether a collector is named, and nothing switches the sending off."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporters = environment.get("OTEL_TRACES_EXPORTER", "otlp").replace(" ", "").split(",")
    if "otlp" not in exporters:
        return False
    return bool(settings.otlp_url or any(environment.get(name) for name in _ENDPOINTS))


def ratio_of(environment: Mapping[str, str]) -> float:
    """The share of traces that OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG ask for.

    Always by the parent first: a trace with holes tells less than none.

    Raises:
        TracesUnset: they say something else.
    """
    sampler = environment.get("OTEL_TRACES_SAMPLER", "").strip().lower().removeprefix("parentbased_") or "always_on"
    if sampler in ("always_on", "always_off"):
        return 1.0 if sampler == "always_on" else 0.0
    argument = environment.get("OTEL_TRACES_SAMPLER_ARG", "").strip() or "1"
    try:
        ratio = float(argument)
    except ValueError:
        ratio = -1.0
    if sampler != "traceidratio" or not 0 <= ratio <= 1:
        raise TracesUnset(
            "OTEL_TRACES_SAMPLER is always_on, always_off or traceidratio, with or without parentbased_ before it, and"
            " OTEL_TRACES_SAMPLER_ARG a share from 0 to 1"
        )
    return ratio
