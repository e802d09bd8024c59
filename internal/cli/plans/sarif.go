package plans

import (
	"cmp"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"ofsplan/internal/operate"
	"ofsplan/internal/source"
)

// The part of SARIF 2.1.0 that validate writes.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string       `json:"id"`
		About sarifText    `json:"shortDescription"`
		Why   sarifText    `json:"fullDescription"`
		Help  sarifHelp    `json:"help"`
		Usual sarifSetting `json:"defaultConfiguration"`
	}
	sarifHelp struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown"`
	}
	sarifSetting struct {
		Level string `json:"level"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifLocation struct {
		Physical sarifPlace `json:"physicalLocation"`
	}
	sarifPlace struct {
		Artifact sarifFile    `json:"artifactLocation"`
		Region   *sarifRegion `json:"region,omitempty"`
	}
	sarifFile struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn"`
	}
)

// fileURI is a path as a SARIF log has it: a reference of a URI, with what means something in one escaped.
func fileURI(path string) string {
	u := url.URL{Path: filepath.ToSlash(path)}
	if filepath.IsAbs(path) {
		u.Scheme, u.Path = "file", "/"+strings.TrimPrefix(u.Path, "/")
	}
	return u.String()
}

// sarif writes findings as a SARIF log. Errors, which have no id of their own, are of a rule for each kind of file.
func sarif(all []checked) sarifLog {
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: "ofsplan", Version: operate.ThisTool().Version, Rules: rulesOf(all)}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
	}
	at := make(map[string]int)
	for i, r := range run.Tool.Driver.Rules {
		at[r.ID] = i
	}
	for _, c := range all {
		for _, p := range c.Problems {
			id := ruleOf(c, p)
			r := sarifResult{RuleID: id, RuleIndex: at[id], Level: p.Severity, Message: sarifText{p.Message}}
			if p.Hint != "" {
				r.Message.Text += "\n" + p.Hint
			}
			place := sarifPlace{Artifact: sarifFile{fileURI(p.File)}}
			if p.Line > 0 {
				place.Region = &sarifRegion{p.Line, p.Col}
			}
			r.Locations = []sarifLocation{{place}}
			run.Results = append(run.Results, r)
		}
	}
	return sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}
}

// ruleOf is the rule that a problem breaks.
func ruleOf(c checked, p problem) string { return cmp.Or(p.ID, string(c.Kind)) }

// rulesOf are the rules that something in these files breaks, by their ids.
func rulesOf(all []checked) []sarifRule {
	known := make(map[string]source.Check)
	for _, k := range []kind{aPlan, aTest, aScenario, someTarget, aCalendar} {
		known[string(k)] = source.Check{
			ID: string(k), About: "what a " + string(k) + " file cannot hold",
			Why: "The file is refused with exit code 2 by every command that reads it. The message says what was expected and what to do.",
		}
	}
	for _, c := range Checks() {
		known[c.ID] = c
	}
	broken := make(map[string]bool)
	for _, c := range all {
		for _, p := range c.Problems {
			broken[ruleOf(c, p)] = true
		}
	}
	rules := []sarifRule{}
	for _, id := range slices.Sorted(maps.Keys(broken)) {
		c := known[id]
		level := "warning"
		if c.Wrong == "" {
			level = "error"
		}
		rules = append(rules, sarifRule{id, sarifText{c.About}, sarifText{c.Why}, sarifHelp{c.Why, helpOf(c)}, sarifSetting{level}})
	}
	return rules
}

// helpOf is what a page about the problem shows.
func helpOf(c source.Check) string {
	text := c.Why
	if c.Wrong != "" {
		text += "\n\n```yaml\n" + c.Wrong + "```"
	}
	if c.Right != "" {
		text += "\n\nMeant, most likely:\n\n```yaml\n" + c.Right + "```"
	}
	return text
}
