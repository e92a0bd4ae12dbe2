"""The Pod Security Standard `restricted`, all of it: https://kubernetes.io/docs/concepts/security/pod-security-standards/."""

from collections.abc import Iterator
from typing import Any, Final

_VOLUMES: Final = frozenset(
    ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"]
)
_SYSCTLS: Final = frozenset(
    [
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
    ]
)
_SELINUX: Final = frozenset(["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"])
_SECCOMP: Final = ("RuntimeDefault", "Localhost")
_APPARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"


def violations(pod: dict[str, Any]) -> list[str]:
    """What the admission of a `restricted` namespace would refuse in a pod, or in a template of pods."""
    spec = pod["spec"]
    found = [*_of_the_pod(spec, pod.get("metadata", {}).get("annotations") or {})]
    of_all = spec.get("securityContext") or {}
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for container in spec.get(kind) or []:
            found += [f"{container['name']}: {line}" for line in _of_a_container(container, of_all)]
    return found


def _of_the_pod(spec: dict[str, Any], annotations: dict[str, str]) -> Iterator[str]:
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(name):
            yield f"{name} is on"
    for volume in spec.get("volumes") or []:
        if strange := set(volume) - {"name"} - _VOLUMES:
            yield f"volume {volume['name']} is a {', '.join(strange)}"
    context = spec.get("securityContext") or {}
    for sysctl in context.get("sysctls") or []:
        if sysctl["name"] not in _SYSCTLS:
            yield f"sysctl {sysctl['name']}"
    for name, value in annotations.items():
        if name.startswith(_APPARMOR) and value != "runtime/default" and not value.startswith("localhost/"):
            yield f"AppArmor {value}"
    yield from _options(context)


def _of_a_container(container: dict[str, Any], of_all: dict[str, Any]) -> Iterator[str]:
    context = container.get("securityContext") or {}
    if context.get("privileged"):
        yield "is privileged"
    if context.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation is not false"
    capabilities = context.get("capabilities") or {}
    if "ALL" not in (capabilities.get("drop") or []):
        yield "does not drop ALL"
    if added := set(capabilities.get("add") or []) - {"NET_BIND_SERVICE"}:
        yield f"adds {added}"
    if context.get("runAsNonRoot", of_all.get("runAsNonRoot")) is not True:
        yield "runAsNonRoot is not true"
    if context.get("runAsUser", of_all.get("runAsUser")) == 0:
        yield "runs as root"
    profile = context.get("seccompProfile", of_all.get("seccompProfile")) or {}
    if profile.get("type") not in _SECCOMP:
        yield "seccompProfile is neither RuntimeDefault nor Localhost"
    if context.get("procMount", "Default") != "Default":
        yield f"procMount {context['procMount']}"
    if any(port.get("hostPort") for port in container.get("ports") or []):
        yield "has a hostPort"
    for handler in _handlers(container):
        if handler.get("host"):
            yield "a probe names a host"
    yield from _options(context)


def _handlers(container: dict[str, Any]) -> Iterator[dict[str, Any]]:
    lifecycle = container.get("lifecycle") or {}
    places = [container.get(f"{name}Probe") or {} for name in ("startup", "liveness", "readiness")]
    for place in [*places, lifecycle.get("preStop") or {}, lifecycle.get("postStart") or {}]:
        yield place.get("httpGet") or {}
        yield place.get("tcpSocket") or {}


def _options(context: dict[str, Any]) -> Iterator[str]:
    selinux = context.get("seLinuxOptions") or {}
    if selinux.get("type", "") not in _SELINUX or selinux.get("user") or selinux.get("role"):
        yield f"SELinux {selinux}"
    if context.get("appArmorProfile", {}).get("type", "RuntimeDefault") not in _SECCOMP:
        yield "AppArmor is unconfined"
    if (context.get("windowsOptions") or {}).get("hostProcess"):
        yield "is a Windows HostProcess"
