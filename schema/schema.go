// Package schema holds the JSON Schemas of our files, for editors and other programs.
//
// A schema says what a file may look like, key by key, with the words an editor shows while one types. It
// cannot say everything: that a step id exists, that an expression compiles. What it refuses, the loader
// refuses too, and what the loader accepts, it accepts; a test holds the two together. Nothing of ours reads
// a schema to load a file.
package schema

import _ "embed"

// Plan is the schema of a plan, draft 2020-12, as `ofsplan schema` prints it.
//
//go:embed plan.schema.json
var Plan []byte

// Audit is the schema of one record of an audit log.
//
//go:embed audit.schema.json
var Audit []byte

// Scenario is the schema of a scenario file.
//
//go:embed scenario.schema.json
var Scenario []byte

// Test is the schema of a test file. It holds all of Scenario, so that it stands alone.
//
//go:embed test.schema.json
var Test []byte

// Calendar is the schema of a calendar file. It says word for word what Plan says of a calendar in a plan.
//
//go:embed calendar.schema.json
var Calendar []byte

// Targets is the schema of a targets file.
//
//go:embed targets.schema.json
var Targets []byte
