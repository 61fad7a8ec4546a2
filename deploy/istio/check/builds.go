package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// A build is what one kustomization makes.
type build struct {
	name      string
	resources []*unstructured.Unstructured
}

// Builds the base, each component on the base, and each overlay, with kustomize itself.
func buildAll(root string) ([]build, error) {
	var folders []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == "kustomization.yaml" {
			folders = append(folders, filepath.Dir(path))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(folders)
	var builds []build
	for _, folder := range folders {
		made, err := buildOne(root, folder)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", folder, err)
		}
		builds = append(builds, made)
	}
	return builds, nil
}

func buildOne(root, folder string) (build, error) {
	name, err := filepath.Rel(root, folder)
	if err != nil {
		return build{}, err
	}
	text, err := os.ReadFile(filepath.Join(folder, "kustomization.yaml"))
	if err != nil {
		return build{}, err
	}
	if strings.Contains(string(text), "\nkind: Component") {
		if folder, err = onTheBase(root, folder); err != nil {
			return build{}, err
		}
		defer os.RemoveAll(folder)
	}
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return build{}, err
	}
	found := build{name: name}
	for _, resource := range made.Resources() {
		text, err := resource.MarshalJSON()
		if err != nil {
			return build{}, err
		}
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(text); err != nil {
			return build{}, err
		}
		found.resources = append(found.resources, object)
	}
	return found, nil
}

// Writes a kustomization of the base with one component, beside nothing else.
func onTheBase(root, component string) (string, error) {
	folder, err := os.MkdirTemp("", "mesh-check-")
	if err != nil {
		return "", err
	}
	if folder, err = filepath.EvalSymlinks(folder); err != nil {
		return "", err
	}
	base, err := filepath.Rel(folder, filepath.Join(root, "base"))
	if err != nil {
		return "", err
	}
	part, err := filepath.Rel(folder, component)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("resources: [%q]\ncomponents: [%q]\n", base, part)
	return folder, os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(text), 0o600)
}
