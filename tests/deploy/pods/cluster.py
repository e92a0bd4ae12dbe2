"""A cluster of one node: releases, rollouts, Jobs, Services and evictions, as Kubernetes and `helm --wait` do them.

It knows the kinds of objects that a release of the chart is made of and no others. Names of Services are addresses of
127.0.0.0/8, and so is each pod's, since all share this machine's network.
"""

import asyncio
import contextlib
import itertools
import json
import secrets
from collections.abc import Iterable
from contextlib import AsyncExitStack
from hashlib import sha256
from typing import Any

from tests.deploy.pods.container import Node
from tests.deploy.pods.kubelet import Ended, Pod
from tests.support.balancer import Balancer
from tests.support.chart import Manifest, of_kind
from tests.support.pod_security import violations
from tests.support.polling import eventually

ROLLOUT_SECONDS = 240
INGRESS = "ingress-"
"""Before the name of a Service: where the world reaches it, if that address was reserved."""
_JOB_SECONDS = 300
_JOB_BACKOFF_SECONDS = 10.0


class JobFailed(Exception):
    """A Job has no more tries; the text is its name and what it said last."""


class ClusterAddress(Balancer):
    """Where a Service is reached. As kube-proxy: any ready pod, and nobody else if that does not take it."""

    def __init__(self, cluster: "Cluster", service: Manifest, address: str, *, passes_over: bool = False) -> None:
        """Not open yet.

        Args:
            passes_over: as the usual Ingress: the next pod, if one takes no connection.
        """
        (port,) = service["spec"]["ports"]
        super().__init__(at=(address, int(port["port"])))
        self._passes_over = passes_over
        self._cluster, self._selector, self._target = cluster, service["spec"]["selector"], port["targetPort"]

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        pods = [pod for pod in self._cluster.pods if self._selector.items() <= pod.labels.items()]
        ready = [pod for pod in pods if pod.gets_connections()]
        for pod in secrets.SystemRandom().sample(ready, len(ready) if self._passes_over else min(len(ready), 1)):
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(pod.address, pod.port(self._target))
        return None


class Workload:
    """A Deployment and its pods.

    Attributes:
        pods: those that are wanted; who is being taken away is in the cluster only.
    """

    def __init__(self, cluster: "Cluster", name: str) -> None:
        """Without any pod."""
        self.cluster, self.name = cluster, name
        self.pods: list[Pod] = []
        self.spec: Manifest = {}

    @property
    def replicas(self) -> int:
        """How many there are to be."""
        return int(self.spec["replicas"])

    async def roll(self, spec: Manifest) -> None:
        """Bring it to a specification: one more pod, and when it is available one less of the others."""
        assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
        self.spec = spec
        template = spec["template"]
        while True:
            others = [pod for pod in self.pods if pod.template != template]
            if not self.pods:
                self.fill()
            elif others and len(self.pods) <= self.replicas:
                self._add()
            elif len(self.pods) < self.replicas:
                self.fill()
            await eventually(self._all_available, ROLLOUT_SECONDS, every_seconds=0.2)
            if others:
                self.take_away(others[0])
            elif len(self.pods) > self.replicas:
                self.take_away(self.pods[-1])
            elif len(self.pods) == self.replicas:
                return

    def fill(self) -> None:
        """As a ReplicaSet does: who is missing is made at once."""
        while len(self.pods) < self.replicas:
            self._add()

    def take_away(self, pod: Pod) -> "asyncio.Task[Ended]":
        """Delete a pod with its grace."""
        self.pods.remove(pod)
        return self.cluster.let_go(pod)

    def available(self) -> list[Pod]:
        """Pods that have been ready for long enough."""
        return [pod for pod in self.pods if pod.ready and pod.ready_seconds() >= self.spec["minReadySeconds"]]

    def _add(self) -> None:
        self.pods.append(self.cluster.run(self.spec["template"], self.name))

    def _all_available(self) -> bool:
        assert len(self.available()) == len(self.pods), [pod.tells() for pod in self.pods if not pod.ready]
        return True


class Cluster:
    """Everything that runs.

    Attributes:
        pods: all that were ever made; those that are gone have `ended`.
        jobs: name of each Job that was made and is not removed → what it does.
        job_ends: how every pod of every Job ended.
    """

    def __init__(self, node: Node) -> None:
        """Empty."""
        self.node = node
        self.pods: list[Pod] = []
        self.workloads: dict[str, Workload] = {}
        self.jobs: dict[str, asyncio.Task[None]] = {}
        self.job_ends: list[tuple[str, Ended]] = []
        self._net = 16 + secrets.randbelow(200)
        self._run = secrets.token_hex(3)
        self._numbers = itertools.count(1)
        self._budgets: dict[str, Manifest] = {}
        self._releases: dict[str, list[Manifest]] = {}
        self._leaving: set[asyncio.Task[Ended]] = set()
        self._served: set[str] = set()
        self._stack = AsyncExitStack()

    def new_address(self) -> str:
        """An address of this machine that nobody else has."""
        number = next(self._numbers)
        return f"127.{self._net}.{number // 200}.{number % 200 + 1}"

    def reserve(self, *names: str) -> None:
        """Addresses of Services that come later: pods learn names when they start, and not from a DNS."""
        for name in names:
            self.node.hosts.setdefault(name, self.new_address())

    async def expose(self, name: str, port: int, target: int) -> None:
        """A Service for a server of this machine, such as the broker."""
        address = self.node.hosts[name] = self.new_address()
        await self._stack.enter_async_context(Balancer(target, at=(address, port)))

    async def apply(self, release: str, objects: list[Manifest]) -> None:
        """`helm upgrade --install --wait --wait-for-jobs`."""
        before, self._releases[release] = self._releases.get(release, []), objects
        _admit(objects)
        for kind in ("ConfigMap", "Secret"):
            for one in of_kind(objects, kind):
                self.node.objects[kind, one["metadata"]["name"]] = one["data"]
        for one in of_kind(objects, "Service"):
            await self._serve(one)
        for one in of_kind(objects, "PodDisruptionBudget"):
            self._budgets[one["metadata"]["name"]] = one["spec"]
        names = {one["metadata"]["name"] for one in of_kind(objects, "Job")}
        for gone in {one["metadata"]["name"] for one in of_kind(before, "Job")} - names:
            self.jobs.pop(gone).cancel()
        made = [one for one in of_kind(objects, "Job") if one["metadata"]["name"] not in self.jobs]
        for one in made:
            self.jobs[one["metadata"]["name"]] = asyncio.create_task(self._do(one))
        for one in of_kind(objects, "Deployment"):
            await self.workloads.setdefault(release, Workload(self, release)).roll(one["spec"])
        await asyncio.gather(*(self.jobs[name] for name in names))

    async def helm_test(self, release: str) -> str:
        """`helm test --logs`: what the pod of the test says."""
        (one,) = of_kind(self._releases[release], "Pod")
        pod = self.run({"spec": one["spec"], "metadata": one["metadata"]}, f"{release}-test")
        ended = await asyncio.wait_for(pod.finished(), 90)
        said = pod.log.read_text()
        assert ended.status == 0, said
        return said

    def run(self, template: Manifest, owner: str) -> Pod:
        """A new pod of an owner."""
        digest = sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:6]
        name = f"{owner}-{digest}-{self._run}-{next(self._numbers)}"
        pod = Pod(self.node, template, name, self.new_address())
        self.pods.append(pod)
        pod.start()
        return pod

    def let_go(self, pod: Pod) -> "asyncio.Task[Ended]":
        """Stop a pod beside everything else."""
        task = asyncio.create_task(pod.stop())
        self._leaving.add(task)
        return task

    async def execute(self, release: str, *command: str) -> str:
        """`kubectl exec deploy/RELEASE -- COMMAND`."""
        return await self.workloads[release].available()[0].execute(*command)

    async def drain(self) -> None:
        """`kubectl drain`: evict every pod that is there now, as their budgets allow, each again until they do."""
        await asyncio.gather(*(self._evict(one, pod) for one in self.workloads.values() for pod in list(one.pods)))
        await self.quiet()

    async def quiet(self) -> None:
        """Nobody is leaving any more, and everybody who is wanted is available."""
        await asyncio.gather(*self._leaving)
        for one in self.workloads.values():
            await eventually(lambda one=one: len(one.available()) == one.replicas, ROLLOUT_SECONDS, every_seconds=0.2)

    async def end(self) -> None:
        """Remove everything at once."""
        for task in [*self.jobs.values(), *self._leaving]:
            task.cancel()
        await asyncio.gather(*(pod.remove() for pod in self.pods))
        await self._stack.aclose()

    async def _evict(self, workload: Workload, pod: Pod) -> None:
        budget = self._budgets[workload.name]

        def allowed() -> bool:
            ready = sum(one.ready for one in workload.pods)
            return not pod.ready or ready - 1 >= workload.replicas - budget["maxUnavailable"]

        await eventually(allowed, ROLLOUT_SECONDS, every_seconds=0.2)
        leaving = workload.take_away(pod)
        workload.fill()
        await leaving

    async def _serve(self, service: Manifest) -> None:
        name = service["metadata"]["name"]
        assert service["spec"]["type"] == "ClusterIP", "a LoadBalancer may wait for ever for its address"
        self.reserve(name)
        if name not in self._served:
            self._served.add(name)
            await self._stack.enter_async_context(ClusterAddress(self, service, self.node.hosts[name]))
            if outside := self.node.hosts.get(f"{INGRESS}{name}"):
                await self._stack.enter_async_context(ClusterAddress(self, service, outside, passes_over=True))

    async def _do(self, job: Manifest) -> None:
        """A Job: pods one after the other, until one ends with 0."""
        name, spec = job["metadata"]["name"], job["spec"]
        async with asyncio.timeout(min(spec["activeDeadlineSeconds"], _JOB_SECONDS)):
            for failures in range(spec["backoffLimit"] + 1):
                pod = self.run(spec["template"], name)
                ended = await pod.finished()
                self.job_ends.append((name, ended))
                if ended.status == 0:
                    return
                if ended.status in _final(spec):
                    raise JobFailed(name, pod.log.read_text())
                await asyncio.sleep(_JOB_BACKOFF_SECONDS * 2**failures)
        raise JobFailed(name, pod.log.read_text())


def _final(job: Manifest) -> list[int]:
    """Exit codes after which a Job is not tried again."""
    codes = [rule.get("onExitCodes") for rule in job["podFailurePolicy"]["rules"] if rule["action"] == "FailJob"]
    return [int(value) for one in codes if one for value in one["values"]]


def _admit(objects: Iterable[Manifest]) -> None:
    """What the admission of a `restricted` namespace says to pods and to templates of pods."""
    for one in objects:
        template: Any = one if one["kind"] == "Pod" else one.get("spec", {}).get("template")
        assert not template or not violations(template), violations(template)
