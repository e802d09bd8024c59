// Package config reads the targets file, ofsplan.yaml: the schedulers plans can be run against.
//
// [Find] says which file counts, [Load] reads it, [File.Target] picks one target and lays the variables
// OFSPLAN_TARGET_… over it. A [Target] holds references to secrets, never secrets: [Target.Secrets]
// fetches them, and only a command that is about to talk to the scheduler asks for that.
//
// There is no default target, and no place in the file where a secret could be written down.
package config
