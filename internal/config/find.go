package config

import (
	"os"
	"path/filepath"
)

// FileName is what the targets file is called where it is looked for.
const FileName = "ofsplan.yaml"

// Find says which targets file counts: the one given with --config, else $OFSPLAN_CONFIG, else ofsplan.yaml in
// the working folder, else ofsplan/ofsplan.yaml in the XDG folders. A file that was named must be there and
// is returned unseen; of the others the first that exists. Nothing found is the empty path, with the places
// looked at.
func Find(flag string, getenv func(string) string) (path string, looked []string) {
	if flag != "" {
		return flag, nil
	}
	if named := getenv("OFSPLAN_CONFIG"); named != "" {
		return named, nil
	}
	places := []string{FileName}
	if home := getenv("XDG_CONFIG_HOME"); filepath.IsAbs(home) {
		places = append(places, filepath.Join(home, "ofsplan", FileName))
	} else if home := getenv("HOME"); home != "" {
		places = append(places, filepath.Join(home, ".config", "ofsplan", FileName))
	}
	dirs := getenv("XDG_CONFIG_DIRS")
	if dirs == "" {
		dirs = "/etc/xdg"
	}
	for _, dir := range filepath.SplitList(dirs) {
		if filepath.IsAbs(dir) {
			places = append(places, filepath.Join(dir, "ofsplan", FileName))
		}
	}
	for _, place := range places {
		if _, err := os.Stat(place); err == nil {
			return place, nil
		}
	}
	return "", places
}
