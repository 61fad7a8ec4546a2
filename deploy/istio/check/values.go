package main

import (
	"encoding/json"
	"fmt"
	"os"

	"google.golang.org/protobuf/encoding/protojson"
	meshconfig "istio.io/api/mesh/v1alpha1"
	"sigs.k8s.io/yaml"
)

// Checks the `meshConfig` of a values file: Helm takes any field, and istiod refuses to
// start, or to take the change, over one that it does not know.
func checkValues(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var values struct {
		MeshConfig json.RawMessage `json:"meshConfig"`
	}
	if err := yaml.Unmarshal(text, &values); err != nil {
		return err
	}
	return checkMeshConfig(values.MeshConfig)
}

func checkMeshConfig(text json.RawMessage) error {
	if err := protojson.Unmarshal(text, &meshconfig.MeshConfig{}); err != nil {
		return fmt.Errorf("meshConfig: %w", err)
	}
	return nil
}
