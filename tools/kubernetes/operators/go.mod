// Whose definitions manifests and compose files are checked against. Their modules are downloaded for
// these files alone; nothing of them is built.
module parley/operators

go 1.24

require (
	github.com/cloudnative-pg/cloudnative-pg v1.30.0
	github.com/cloudnative-pg/plugin-barman-cloud v0.15.0
	github.com/compose-spec/compose-go/v2 v2.16.2
	github.com/external-secrets/external-secrets v0.16.2
	github.com/prometheus-operator/prometheus-operator v0.85.0
)
