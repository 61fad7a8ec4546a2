package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// What an API server refuses, and a word of what it says.
var refused = map[string]struct{ text, says string }{
	"a field that nobody knows": {`
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: a, namespace: parley}
spec: {mtls: {mode: STRICT, modus: STRICT}}`, `unknown field "spec.mtls.modus"`},
	"a value that is none of the list": {`
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: a, namespace: parley}
spec: {host: a, trafficPolicy: {loadBalancer: {simple: FASTEST}}}`, "Unsupported value"},
	"what a CEL rule forbids: ports without a selector": {`
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: a, namespace: parley}
spec: {portLevelMtls: {"80": {mode: STRICT}}}`, "portLevelMtls requires selector"},
	"what a CEL rule forbids: a selector and a target": {`
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: a, namespace: parley}
spec:
  selector: {matchLabels: {a: b}}
  targetRefs: [{kind: Service, group: "", name: a}]`, "only one of targetRefs or selector can be set"},
	"what a CEL rule forbids: a time span that is none": {`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a, namespace: parley}
spec: {hosts: [a], http: [{timeout: soon, route: [{destination: {host: a}}]}]}`, "must be a valid duration"},
	"what a CEL rule of the Gateway API forbids": {`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: a, namespace: parley}
spec:
  gatewayClassName: istio
  listeners: [{name: a, port: 80, protocol: HTTP, tls: {mode: Terminate}}]`, "tls must not be specified for protocols"},
	"a number where there is text": {`
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: a, namespace: parley}
spec: {jwtRules: [{issuer: 1}]}`, "must be of type string"},
	"a version that is not served": {`
apiVersion: security.istio.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: a, namespace: parley}`, "no definition"},
	"a resource without a namespace": {`
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: a}`, "metadata.namespace: Required value"},
	"a name with a capital": {`
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: A, namespace: parley}`, "RFC 1123 subdomain"},
}

func TestItRefusesWhatAnAPIServerRefuses(t *testing.T) {
	definitions := load(t)
	for name, one := range refused {
		t.Run(name, func(t *testing.T) {
			problems := strings.Join(definitions.check(parse(t, one.text)), "\n")
			if !strings.Contains(problems, one.says) {
				t.Errorf("it says %q, not %q", problems, one.says)
			}
		})
	}
}

func TestItTakesWhatIsRight(t *testing.T) {
	problems := load(t).check(parse(t, `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: a, namespace: parley}
spec: {mtls: {mode: STRICT}}`))
	if len(problems) > 0 {
		t.Error(problems)
	}
}

func TestItRefusesAMeshConfigThatIstiodDoesNotKnow(t *testing.T) {
	file := filepath.Join(t.TempDir(), "values.yaml")
	for text, good := range map[string]bool{
		"meshConfig: {defaultHttpRetryPolicy: {attempts: 0}}":   true,
		"meshConfig: {defaultHttpRetryPolicy: {attempt: 0}}":    false,
		"meshConfig: {outboundTrafficPolicy: {mode: REGISTRY}}": false,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := checkValues(file); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func load(t *testing.T) definitions {
	t.Helper()
	found, err := loadDefinitions()
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func parse(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	json, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	found := &unstructured.Unstructured{}
	if err := found.UnmarshalJSON(json); err != nil {
		t.Fatal(err)
	}
	return found
}
