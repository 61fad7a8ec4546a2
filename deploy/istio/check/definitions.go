package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	metavalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	// The modules that the definitions come with.
	_ "istio.io/api/networking/v1"
	_ "sigs.k8s.io/gateway-api/apis/v1"
)

// Where the definitions lie in their modules.
var sources = map[string]string{
	"istio.io/api":            "kubernetes/customresourcedefinitions.gen.yaml",
	"sigs.k8s.io/gateway-api": "config/crd/standard/*.yaml",
}

// A definition is what an API server makes of one version of a custom resource.
type definition struct {
	written    *apiextensionsv1.JSONSchemaProps
	structural *structural.Structural
	schema     validation.SchemaValidator
	cel        *cel.Validator
	namespaced bool
}

type definitions map[schema.GroupVersionKind]definition

func (d definitions) len() int { return len(d) }

// Reads the definitions out of the modules that go.mod pins.
func loadDefinitions() (definitions, error) {
	found := definitions{}
	for module, pattern := range sources {
		folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", module, err)
		}
		files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(folder)), pattern))
		if err != nil || len(files) == 0 {
			return nil, fmt.Errorf("%s has no %s", module, pattern)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			if err := found.add(string(text)); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	return found, nil
}

func (d definitions) add(text string) error {
	for _, document := range strings.Split(text, "\n---\n") {
		var given apiextensionsv1.CustomResourceDefinition
		if err := yaml.Unmarshal([]byte(document), &given); err != nil {
			return err
		}
		if given.Kind != "CustomResourceDefinition" {
			continue
		}
		for _, version := range given.Spec.Versions {
			if !version.Served {
				continue
			}
			made, err := newDefinition(&version)
			if err != nil {
				return fmt.Errorf("%s: %w", given.Name, err)
			}
			made.namespaced = given.Spec.Scope == apiextensionsv1.NamespaceScoped
			d[schema.GroupVersionKind{
				Group:   given.Spec.Group,
				Version: version.Name,
				Kind:    given.Spec.Names.Kind,
			}] = made
		}
	}
	return nil
}

func newDefinition(version *apiextensionsv1.CustomResourceDefinitionVersion) (definition, error) {
	var internal apiextensions.CustomResourceValidation
	err := apiextensionsv1.Convert_v1_CustomResourceValidation_To_apiextensions_CustomResourceValidation(
		version.Schema, &internal, nil)
	if err != nil {
		return definition{}, err
	}
	shape, err := structural.NewStructural(internal.OpenAPIV3Schema)
	if err != nil {
		return definition{}, err
	}
	schemaValidator, _, err := validation.NewSchemaValidator(internal.OpenAPIV3Schema)
	if err != nil {
		return definition{}, err
	}
	return definition{
		written:    version.Schema.OpenAPIV3Schema,
		structural: shape,
		schema:     schemaValidator,
		cel:        cel.NewValidator(shape, true, celconfig.PerCallLimit),
	}, nil
}

// Says everything for which an API server would refuse a resource, in its order.
func (d definitions) check(resource *unstructured.Unstructured) []string {
	found, known := d[resource.GroupVersionKind()]
	if !known {
		return []string{fmt.Sprintf("no definition of %s is served", resource.GroupVersionKind())}
	}
	var problems []string
	object := resource.DeepCopy().UnstructuredContent()
	for _, path := range pruning.PruneWithOptions(object, found.structural, true,
		structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}) {
		problems = append(problems, fmt.Sprintf("unknown field %q", path))
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(object, found.structural)
	defaulting.Default(object, found.structural)
	errors := metavalidation.ValidateObjectMetaAccessor(resource, found.namespaced,
		metavalidation.NameIsDNSSubdomain, field.NewPath("metadata"))
	errors = append(errors, validation.ValidateCustomResource(nil, object, found.schema)...)
	errors = append(errors, listtype.ValidateListSetsAndMaps(nil, found.structural, object)...)
	if found.cel != nil {
		more, _ := found.cel.Validate(context.Background(), nil, found.structural, object, nil,
			celconfig.RuntimeCELCostBudget)
		errors = append(errors, more...)
	}
	for _, err := range errors {
		problems = append(problems, err.Error())
	}
	slices.Sort(problems)
	return slices.Compact(problems)
}
