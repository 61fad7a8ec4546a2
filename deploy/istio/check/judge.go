package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A question: would an API server, or istiod, refuse any of this?
type question struct {
	Number     int               `json:"number"`
	Resources  []json.RawMessage `json:"resources"`
	MeshConfig json.RawMessage   `json:"meshConfig"`
}

// Writes the number of each question to which the answer is yes.
func answer(asked io.Reader, to io.Writer) error {
	definitions, err := loadDefinitions()
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(asked)
	for {
		var one question
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if definitions.refuse(one) {
			fmt.Fprintln(to, one.Number)
		}
	}
}

func (d definitions) refuse(one question) bool {
	if checkMeshConfig(one.MeshConfig) != nil {
		return true
	}
	for _, text := range one.Resources {
		resource := &unstructured.Unstructured{}
		if resource.UnmarshalJSON(text) != nil || len(d.check(resource)) > 0 {
			return true
		}
	}
	return false
}
