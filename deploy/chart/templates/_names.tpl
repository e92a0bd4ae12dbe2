{{/* What the chart knows of this release's service: a row of files/services.yaml. */}}
{{- define "ventanilla.facts" -}}
{{- $known := .Files.Get "files/services.yaml" | fromYaml -}}
{{- default dict (get $known .Values.service) | toYaml -}}
{{- end -}}

{{/*
Name of all objects. At most 40 letters, for what is put behind it: names of Jobs end at 63, of CronJobs at 52. A longer name
ends with its hash: two releases whose names begin alike have objects of their own.
*/}}
{{- define "ventanilla.fullname" -}}
{{- $name := default .Release.Name .Values.fullnameOverride | replace "." "-" -}}
{{- /* A Service's name begins with a letter. */ -}}
{{- if regexMatch "^[0-9]" $name -}}{{- $name = print "v" $name -}}{{- end -}}
{{- if gt (len $name) 40 -}}
{{- printf "%s-%s" ($name | trunc 31 | trimSuffix "-") ($name | sha256sum | trunc 8) -}}
{{- else -}}
{{- $name | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What pods are selected by. Never changes: a Deployment's selector cannot be changed. */}}
{{- define "ventanilla.selectorLabels" -}}
app.kubernetes.io/name: {{ .Values.service }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: server
{{- end -}}

{{/* Of an object. Takes {root, component}: pods of Jobs must not be selected as servers. */}}
{{- define "ventanilla.labels" -}}
{{- $root := .root -}}
{{- $labels := dict
      "app.kubernetes.io/name" $root.Values.service
      "app.kubernetes.io/instance" $root.Release.Name
      "app.kubernetes.io/component" .component
      "app.kubernetes.io/part-of" "ventanilla"
      "app.kubernetes.io/managed-by" $root.Release.Service
      "app.kubernetes.io/version" (include "ventanilla.version" $root)
      "helm.sh/chart" (printf "%s-%s" $root.Chart.Name ($root.Chart.Version | replace "+" "_")) -}}
{{- merge (dict) $labels $root.Values.commonLabels | toYaml -}}
{{- end -}}

{{/* What runs, as a label may say it: a digest wins over the tag in the image's name, and so it does here. */}}
{{- define "ventanilla.version" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{- $image.digest | replace ":" "-" | trunc 19 -}}
{{- else -}}
{{- $image.tag | default .Chart.AppVersion | trunc 63 | trimSuffix "-" | trimSuffix "." | trimSuffix "_" -}}
{{- end -}}
{{- end -}}

{{/* Of a pod: what changes with the chart's version only would roll pods for nothing. Takes {root, component}. */}}
{{- define "ventanilla.podLabels" -}}
{{- $root := .root -}}
{{- $labels := dict
      "app.kubernetes.io/name" $root.Values.service
      "app.kubernetes.io/instance" $root.Release.Name
      "app.kubernetes.io/component" .component
      "app.kubernetes.io/part-of" "ventanilla" -}}
{{- merge (dict) $labels $root.Values.podLabels $root.Values.commonLabels | toYaml -}}
{{- end -}}

{{- define "ventanilla.serviceAccountName" -}}
{{- $made := include "ventanilla.fullname" . -}}
{{- default (ternary $made "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "ventanilla.image" -}}
{{- $facts := include "ventanilla.facts" . | fromYaml -}}
{{- $image := .Values.image -}}
{{- $repository := default (printf "ventanilla/%s" $facts.image) $image.repository -}}
{{- $name := $repository -}}
{{- if $image.registry -}}{{- $name = printf "%s/%s" (trimSuffix "/" $image.registry) $repository -}}{{- end -}}
{{- if $image.digest -}}{{ $name }}@{{ $image.digest }}{{- else -}}{{ $name }}:{{ default .Chart.AppVersion $image.tag }}{{- end -}}
{{- end -}}

{{/* What the schema cannot say in words that help. */}}
{{- define "ventanilla.check" -}}
{{- $v := .Values -}}
{{- if not $v.service -}}
{{- fail "service is missing: a release is one service of the desk. Add its values, such as -f deploy/values/router.yaml." -}}
{{- end -}}
{{- if and $v.autoscaling.enabled $v.keda.enabled -}}
{{- fail "autoscaling.enabled and keda.enabled are both true: two would decide how many pods there are. Turn one of them off." -}}
{{- end -}}
{{- $facts := include "ventanilla.facts" . | fromYaml -}}
{{- if and $v.keda.enabled $facts.server (not $facts.nats) -}}
{{- fail (printf "%s reads nothing from JetStream, so that keda.enabled would scale it by nothing: use autoscaling.enabled." $v.service) -}}
{{- end -}}
{{- with $v.podDisruptionBudget -}}
{{- if and .enabled (kindIs "invalid" .minAvailable) (kindIs "invalid" .maxUnavailable) -}}
{{- fail "podDisruptionBudget names neither maxUnavailable nor minAvailable: say one of them, or turn it off (podDisruptionBudget.enabled: false)." -}}
{{- end -}}
{{- end -}}
{{- $needed := add $v.preStopSeconds $v.drainSeconds 5 -}}
{{- if gt (add $needed 2) (int64 $v.terminationGracePeriodSeconds) -}}
{{- fail (printf "terminationGracePeriodSeconds is %d, and stopping may take %d s (preStopSeconds + drainSeconds + 5), of which 2 s must be left: a pod would be killed in the middle of its work. Give it more time, or make drainSeconds smaller." (int64 $v.terminationGracePeriodSeconds) $needed) -}}
{{- end -}}
{{- if and (or $v.ingress.enabled $v.httpRoute.enabled) (not $facts.paths) -}}
{{- fail (printf "%s has nothing to show to the world by HTTP: turn ingress.enabled and httpRoute.enabled off." $v.service) -}}
{{- end -}}
{{- if and $v.ingress.enabled (not $v.ingress.hosts) -}}
{{- fail "ingress.enabled needs ingress.hosts, such as [desk.example.com]: without a name every host would lead here." -}}
{{- end -}}
{{- if and $v.httpRoute.enabled (not $v.httpRoute.parentRefs) -}}
{{- fail "httpRoute.enabled needs httpRoute.parentRefs, such as [{name: public, namespace: gateways}]." -}}
{{- end -}}
{{- if and $v.rules.content $v.rules.existingConfigMap -}}
{{- fail "rules.content and rules.existingConfigMap are both set: say which of the two holds the rules." -}}
{{- end -}}
{{- if and (or $v.rules.content $v.rules.existingConfigMap) (ne $v.service "router") -}}
{{- fail "rules belong into the release of the router." -}}
{{- end -}}
{{- if and $facts.postgres (not $v.postgres.existingSecret) -}}
{{- fail "postgres.existingSecret is missing: the Secret that says where the database is, such as CloudNativePG's <cluster>-app." -}}
{{- end -}}
{{- if and $facts.postgres $v.postgres.keys.uri (or $v.postgres.sslMode $v.postgres.ca.existingSecret $v.postgres.ca.existingConfigMap) -}}
{{- fail "postgres.keys.uri is set, and a whole address says itself how TLS is to be: leave out postgres.sslMode and postgres.ca, or postgres.keys.uri." -}}
{{- end -}}
{{- end -}}
