{{/*
A Job that runs a command of the image once. Takes {root, name, command, wiring, volumes, mounts}, and {final}: the exit
code after which another try would end the same way.

Its name ends with a hash of all that it runs: a Job cannot be changed, and a Job that has run must not run again because a
label changed. It is an ordinary object of the release: hooks would run before Secrets and after pods that wait for them.
*/}}
{{- define "ventanilla.job" -}}
{{- $root := .root -}}
{{- $v := $root.Values -}}
{{- $component := .name -}}
{{- $wiring := dict "env" .wiring.env "volumes" (concat .wiring.volumes (default list .volumes)) "mounts" (concat .wiring.mounts (default list .mounts)) -}}
{{- $spec := include "ventanilla.jobSpec" (dict "root" $root "component" $component "command" .command "wiring" $wiring "final" .final) -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ printf "%s-%s-%s" (include "ventanilla.fullname" $root) .name (printf "%s/%s/%s" $root.Release.Name $spec (print (default "" .revision) $v.jobs.revision) | sha256sum | trunc 10) }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "ventanilla.labels" (dict "root" $root "component" $component) | nindent 4 }}
  {{- with $v.jobs.annotations }}
  annotations:
    {{- range $key, $value := . }}
    {{ $key }}: {{ $value | quote }}
    {{- end }}
  {{- end }}
spec:
  {{- $spec | nindent 2 }}
{{- end -}}

{{/* Takes {root, name, command, wiring, schedule, tries}, and {deadlineSeconds} where it may take longer than other Jobs. */}}
{{- define "ventanilla.cronJob" -}}
{{- $root := .root -}}
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {{ printf "%s-%s" (include "ventanilla.fullname" $root) .name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "ventanilla.labels" (dict "root" $root "component" .name) | nindent 4 }}
spec:
  schedule: {{ .schedule | quote }}
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 1
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      {{- include "ventanilla.jobSpec" (dict "root" $root "component" .name "command" .command "wiring" .wiring "deadlineSeconds" .deadlineSeconds "tries" .tries) | nindent 6 }}
{{- end -}}

{{- define "ventanilla.jobSpec" -}}
{{- $root := .root -}}
{{- $jobs := $root.Values.jobs -}}
backoffLimit: {{ ternary .tries $jobs.backoffLimit (hasKey . "tries") | int }}
activeDeadlineSeconds: {{ default $jobs.activeDeadlineSeconds .deadlineSeconds | int }}
{{- if not (kindIs "invalid" $jobs.ttlSecondsAfterFinished) }}
ttlSecondsAfterFinished: {{ $jobs.ttlSecondsAfterFinished | int }}
{{- end }}
podFailurePolicy:
  rules:
    # A pod that a drain has moved has not failed.
    - action: Ignore
      onPodConditions:
        - {type: DisruptionTarget, status: "True"}
    {{- with .final }}
    - action: FailJob
      onExitCodes:
        containerName: {{ $.component }}
        operator: In
        values: [{{ . }}]
    {{- end }}
template:
  metadata:
    labels:
      {{- include "ventanilla.podLabels" (dict "root" $root "component" .component) | nindent 6 }}
    {{- with $jobs.podAnnotations }}
    annotations:
      {{- range $key, $value := . }}
      {{ $key }}: {{ $value | quote }}
      {{- end }}
    {{- end }}
  spec:
    restartPolicy: Never
    {{- include "ventanilla.pod" (dict "root" $root "wiring" .wiring) | nindent 4 }}
    {{- with $root.Values.affinity }}
    affinity:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    containers:
      - name: {{ .component }}
        command:
          {{- toYaml .command | nindent 10 }}
        {{- include "ventanilla.container" (dict "root" $root "wiring" .wiring "resources" $jobs.resources) | nindent 8 }}
{{- end -}}
