// Which operators' definitions the manifests are checked against. Their modules are downloaded for
// these files alone; nothing of them is built.
module parley/operators

go 1.24

require (
	github.com/cloudnative-pg/cloudnative-pg v1.30.0
	github.com/cloudnative-pg/plugin-barman-cloud v0.15.0
	github.com/external-secrets/external-secrets v0.16.2
	github.com/prometheus-operator/prometheus-operator v0.85.0
)
