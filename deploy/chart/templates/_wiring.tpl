{{/*
What a container is told and where it finds its files, as {env, secrets, volumes, mounts}: the same for the service, its Jobs
and its tests, so that a Job cannot lack what the service has.

Takes {root, parts}, and of a Job that asks as somebody else {natsUser, natsPassword: {existingSecret, key}, postgresSecret}.
`moreSecrets`, setting → {existingSecret, key}, is for a Job that is somebody else beside the service.
`parts` names what of it is wanted: a Job that changes the schema needs no password of the broker. They are `server`,
`settings`, `secrets`, `nats`, `postgres`, `files`.
*/}}
{{- define "ventanilla.wiring" -}}
{{- $root := .root -}}
{{- $v := $root.Values -}}
{{- $facts := include "ventanilla.facts" $root | fromYaml -}}
{{- $prefix := $facts.variables -}}
{{- $env := dict -}}
{{- $secrets := dict -}}
{{- $volumes := list (dict "name" "tmp" "emptyDir" (dict "medium" "Memory" "sizeLimit" $v.tmp.sizeLimit)) -}}
{{- $mounts := list (dict "name" "tmp" "mountPath" "/tmp") -}}

{{- $parts := .parts -}}
{{- if and $facts.server (has "server" $parts) -}}
  {{- $_ := set $env (print $prefix "HTTP_HOST") $v.listenAddress -}}
  {{- $_ := set $env (print $prefix "HTTP_PORT") "8080" -}}
  {{- $_ := set $env (print $prefix "DRAIN_SECONDS") (toJson $v.drainSeconds) -}}
{{- end -}}
{{- if and $facts.smtp (has "server" $parts) -}}
  {{- $_ := set $env (print $prefix "SMTP_HOST") $v.listenAddress -}}
  {{- $_ := set $env (print $prefix "SMTP_PORT") "8025" -}}
{{- end -}}

{{- range $name, $value := $v.settings -}}
  {{- if and (has "settings" $parts) (not (kindIs "invalid" $value)) -}}
    {{- $text := $value -}}
    {{- if kindIs "slice" $value -}}{{- $text = join "," $value -}}
    {{- else if not (kindIs "string" $value) -}}{{- $text = toJson $value -}}{{- end -}}
    {{- $_ := set $env (print $prefix ($name | snakecase | upper)) $text -}}
  {{- end -}}
{{- end -}}

{{- range $name, $source := $v.secrets -}}
  {{- if and (has "secrets" $parts) (not (kindIs "invalid" $source)) -}}
    {{- $_ := set $secrets ($name | snakecase) (dict
          "name" (required (printf "secrets.%s names no existingSecret, and neither does the release (existingSecret)" $name) (default $v.existingSecret $source.existingSecret))
          "key" (default ($name | kebabcase) $source.key)) -}}
  {{- end -}}
{{- end -}}

{{- range $name, $source := .moreSecrets -}}
  {{- $_ := set $secrets $name (dict "name" $source.existingSecret "key" $source.key) -}}
{{- end -}}

{{- if and $facts.nats (has "nats" $parts) -}}
  {{- $_ := set $env (print $prefix "NATS_URL") $v.nats.url -}}
  {{- /* `natsPassword: null`: the broker asks for none, or knows its users by `nats.creds`. */ -}}
  {{- if and .natsUser .natsPassword -}}
    {{- $_ := set $secrets "nats_password" (dict
          "name" (required (printf "the password of the broker's user %s is in no Secret: say natsPassword.existingSecret, or existingSecret of the release" .natsUser) (default $v.existingSecret .natsPassword.existingSecret))
          "key" .natsPassword.key) -}}
  {{- end -}}
  {{- if hasKey $secrets "nats_password" -}}
    {{- $_ := set $env (print $prefix "NATS_USER") (.natsUser | default $v.nats.user | default $v.service) -}}
  {{- end -}}
  {{- if $v.nats.creds.existingSecret -}}
    {{- $_ := set $env (print $prefix "NATS_CREDS_FILE") (printf "/etc/ventanilla/nats-creds/%s" $v.nats.creds.key) -}}
    {{- $volumes = append $volumes (dict "name" "nats-creds" "secret" (dict "secretName" $v.nats.creds.existingSecret "defaultMode" 0o440)) -}}
    {{- $mounts = append $mounts (dict "name" "nats-creds" "mountPath" "/etc/ventanilla/nats-creds" "readOnly" true) -}}
  {{- end -}}
  {{- with $v.nats.ca -}}
    {{- if or .existingSecret .existingConfigMap -}}
      {{- $_ := set $env (print $prefix "NATS_TLS_CA") (printf "/etc/ventanilla/nats-ca/%s" .key) -}}
      {{- $mounts = append $mounts (dict "name" "nats-ca" "mountPath" "/etc/ventanilla/nats-ca" "readOnly" true) -}}
      {{- if .existingSecret -}}
        {{- /* Of a Secret for TLS the authority alone: its private key is nobody's here. */ -}}
        {{- $volumes = append $volumes (dict "name" "nats-ca" "secret" (dict "secretName" .existingSecret "defaultMode" 0o440 "items" (list (dict "key" .key "path" .key)))) -}}
      {{- else -}}
        {{- $volumes = append $volumes (dict "name" "nats-ca" "configMap" (dict "name" .existingConfigMap "defaultMode" 0o444)) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
  {{- with $v.nats.clientCertificate.existingSecret -}}
    {{- $_ := set $env (print $prefix "NATS_TLS_CERT") "/etc/ventanilla/nats-certificate/tls.crt" -}}
    {{- $_ := set $env (print $prefix "NATS_TLS_KEY") "/etc/ventanilla/nats-certificate/tls.key" -}}
    {{- $volumes = append $volumes (dict "name" "nats-certificate" "secret" (dict "secretName" . "defaultMode" 0o440)) -}}
    {{- $mounts = append $mounts (dict "name" "nats-certificate" "mountPath" "/etc/ventanilla/nats-certificate" "readOnly" true) -}}
  {{- end -}}
{{- end -}}

{{- if and $facts.postgres (has "postgres" $parts) -}}
  {{- $p := $v.postgres -}}
  {{- $secret := default $p.existingSecret .postgresSecret -}}
  {{- if $p.keys.uri -}}
    {{- $_ := set $secrets "postgres_url" (dict "name" $secret "key" $p.keys.uri) -}}
  {{- else -}}
    {{- /* Another Secret is another user, whoever is named plainly. */ -}}
    {{- $plain := dict "host" $p.host "port" $p.port "user" (ternary "" $p.user (not (empty .postgresSecret))) "database" $p.database "password" "" -}}
    {{- range $part := list "database" "host" "password" "port" "user" -}}
      {{- $value := get $plain $part -}}
      {{- if $value -}}
        {{- $_ := set $env (printf "%sPOSTGRES_%s" $prefix (upper $part)) (ternary $value (toJson $value) (kindIs "string" $value)) -}}
      {{- else -}}
        {{- $_ := set $secrets (print "postgres_" $part) (dict "name" $secret "key" (get $p.keys $part)) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
  {{- $ca := or $p.ca.existingSecret $p.ca.existingConfigMap -}}
  {{- with default (ternary "verify-full" "" (not (empty $ca))) $p.sslMode -}}
    {{- $_ := set $env (print $prefix "POSTGRES_SSLMODE") . -}}
  {{- end -}}
  {{- if $ca -}}
    {{- $_ := set $env (print $prefix "POSTGRES_TLS_CA") (printf "/etc/ventanilla/postgres-ca/%s" $p.ca.key) -}}
    {{- $items := list (dict "key" $p.ca.key "path" $p.ca.key) -}}
    {{- $source := ternary (dict "secret" (dict "secretName" $p.ca.existingSecret "defaultMode" 0o440 "items" $items)) (dict "configMap" (dict "name" $p.ca.existingConfigMap "defaultMode" 0o444 "items" $items)) (not (empty $p.ca.existingSecret)) -}}
    {{- $volumes = append $volumes (merge (dict "name" "postgres-ca") $source) -}}
    {{- $mounts = append $mounts (dict "name" "postgres-ca" "mountPath" "/etc/ventanilla/postgres-ca" "readOnly" true) -}}
  {{- end -}}
{{- end -}}

{{- if and $facts.smtp $v.smtp.tls.existingSecret (has "server" $parts) -}}
  {{- $_ := set $env (print $prefix "TLS_CERT") "/etc/ventanilla/smtp-tls/tls.crt" -}}
  {{- $_ := set $env (print $prefix "TLS_KEY") "/etc/ventanilla/smtp-tls/tls.key" -}}
  {{- $volumes = append $volumes (dict "name" "smtp-tls" "secret" (dict "secretName" $v.smtp.tls.existingSecret "defaultMode" 0o440)) -}}
  {{- $mounts = append $mounts (dict "name" "smtp-tls" "mountPath" "/etc/ventanilla/smtp-tls" "readOnly" true) -}}
{{- end -}}

{{- range $name, $source := $v.files -}}
  {{- if and (has "files" $parts) (not (kindIs "invalid" $source)) -}}
    {{- $volume := dict "name" (print "files-" $name) -}}
    {{- if $source.existingSecret -}}
      {{- $_ := set $volume "secret" (dict "secretName" $source.existingSecret "defaultMode" 0o440) -}}
    {{- else if $source.existingConfigMap -}}
      {{- $_ := set $volume "configMap" (dict "name" $source.existingConfigMap "defaultMode" 0o444) -}}
    {{- else -}}
      {{- $_ := set $volume "configMap" (dict "name" (printf "%s-files-%s" (include "ventanilla.fullname" $root) $name) "defaultMode" 0o444) -}}
    {{- end -}}
    {{- $volumes = append $volumes $volume -}}
    {{- $mounts = append $mounts (dict "name" (print "files-" $name) "mountPath" (print "/etc/ventanilla/" $name) "readOnly" true) -}}
  {{- end -}}
{{- end -}}

{{- if $secrets -}}
  {{- $sources := list -}}
  {{- range $path, $source := $secrets -}}
    {{- $_ := set $env (printf "%s%s_FILE" $prefix (upper $path)) (print "/run/secrets/ventanilla/" $path) -}}
    {{- $sources = append $sources (dict "secret" (dict "name" $source.name "items" (list (dict "key" $source.key "path" $path)))) -}}
  {{- end -}}
  {{- $volumes = append $volumes (dict "name" "secrets" "projected" (dict "defaultMode" 0o440 "sources" $sources)) -}}
  {{- $mounts = append $mounts (dict "name" "secrets" "mountPath" "/run/secrets/ventanilla" "readOnly" true) -}}
{{- end -}}
{{- dict "env" $env "volumes" $volumes "mounts" $mounts | toYaml -}}
{{- end -}}

{{/* Variables of a container. Takes {root, wiring}. One of each name: a second one is refused by the API server. */}}
{{- define "ventanilla.env" -}}
{{- $entries := dict -}}
{{- /* Kubernetes would read $(NAME) in a value as a variable. */ -}}
{{- range $name, $value := .wiring.env -}}
  {{- if kindIs "map" $value -}}
    {{- $_ := set $entries $name (merge (dict "name" $name) $value) -}}
  {{- else -}}
    {{- $_ := set $entries $name (dict "name" $name "value" ($value | replace "$(" "$$(")) -}}
  {{- end -}}
{{- end -}}
{{- range .root.Values.extraEnv -}}{{- $_ := set $entries .name . -}}{{- end -}}
{{- $sorted := list -}}
{{- range $name := keys $entries | sortAlpha -}}{{- $sorted = append $sorted (get $entries $name) -}}{{- end -}}
{{- if $sorted -}}{{- toYaml $sorted -}}{{- else -}}[]{{- end -}}
{{- end -}}

{{/* What every pod has beside its containers. Takes {root, wiring}. */}}
{{- define "ventanilla.pod" -}}
{{- $v := .root.Values -}}
serviceAccountName: {{ include "ventanilla.serviceAccountName" .root | quote }}
automountServiceAccountToken: false
# A Service named like one of ours would set variables such as INTAKE_EMAIL_SMTP_PORT=tcp://…
enableServiceLinks: false
securityContext:
  {{- toYaml $v.podSecurityContext | nindent 2 }}
{{- with $v.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $v.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $v.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $v.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with $v.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  {{- toYaml .wiring.volumes | nindent 2 }}
  {{- with $v.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* What every container has beside its command. Takes {root, wiring, resources}. */}}
{{- define "ventanilla.container" -}}
{{- $v := .root.Values -}}
image: {{ include "ventanilla.image" .root | quote }}
imagePullPolicy: {{ $v.image.pullPolicy }}
securityContext:
  {{- toYaml $v.containerSecurityContext | nindent 2 }}
env:
  {{- include "ventanilla.env" . | nindent 2 }}
resources:
  {{- toYaml .resources | nindent 2 }}
volumeMounts:
  {{- toYaml .wiring.mounts | nindent 2 }}
  {{- with $v.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}
