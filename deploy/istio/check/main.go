// Checks every resource of deploy/istio as a Kubernetes API server does: it builds each
// kustomization, and holds what comes out against the official custom resource
// definitions of Istio and of the Gateway API, with their CEL rules.
//
//	go run . ..                       # check
//	go run . --print ..               # print what is checked, as JSON
//	go run . --judge < questions      # print the numbers of what would be refused
//	go run . --fields                 # print the fields of every kind, as JSON schemas
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	print := flag.Bool("print", false, "print the resources of each kustomization as JSON")
	fields := flag.Bool("fields", false, "print the schema of each kind as JSON")
	judge := flag.Bool("judge", false, "read resources, one JSON object for each question")
	flag.Parse()
	var err error
	switch {
	case *judge && flag.NArg() == 0:
		err = answer(os.Stdin, os.Stdout)
	case *fields && flag.NArg() == 0:
		err = showFields(os.Stdout)
	case *print && flag.NArg() == 1:
		err = show(flag.Arg(0))
	case flag.NArg() == 1:
		err = run(flag.Arg(0))
	default:
		fmt.Fprintln(os.Stderr, "usage: check [--print] FOLDER, or check --judge, or check --fields")
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "  ✗ %v\n", err)
		os.Exit(1)
	}
}

func show(root string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	builds, err := buildAll(root)
	if err != nil {
		return err
	}
	printed := map[string][]map[string]any{}
	for _, build := range builds {
		for _, resource := range build.resources {
			printed[build.name] = append(printed[build.name], resource.Object)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(printed)
}

func showFields(to io.Writer) error {
	definitions, err := loadDefinitions()
	if err != nil {
		return err
	}
	printed := map[string]any{}
	for kind, found := range definitions {
		printed[kind.GroupVersion().String()+"/"+kind.Kind] = found.written
	}
	return json.NewEncoder(to).Encode(printed)
}

func run(root string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	definitions, err := loadDefinitions()
	if err != nil {
		return fmt.Errorf("the definitions cannot be read: %w", err)
	}
	if err := checkValues(filepath.Join(root, "mesh", "values.yaml")); err != nil {
		return fmt.Errorf("mesh/values.yaml: %w", err)
	}
	builds, err := buildAll(root)
	if err != nil {
		return err
	}
	resources, wrong := 0, 0
	for _, build := range builds {
		for _, resource := range build.resources {
			resources++
			for _, problem := range definitions.check(resource) {
				wrong++
				fmt.Printf("%s: %s %s/%s\n  official-schemas: %s\n", build.name,
					resource.GetKind(), resource.GetNamespace(), resource.GetName(), problem)
			}
		}
	}
	if wrong > 0 {
		return fmt.Errorf("an API server would refuse these, for %d reasons", wrong)
	}
	fmt.Printf("  ✓ official schemas: %d resources of %d kustomizations, %d definitions\n",
		resources, len(builds), definitions.len())
	return nil
}
