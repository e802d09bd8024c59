// Package ofs speaks to the External Scheduler Interface of Oracle Financial Services.
//
// It knows the five operations, their bodies and answers, the tokens and the transports, and nothing of
// plans. A [Client] freezes a request with [Client.Trigger], [Client.Interrupt], [Client.Restart],
// [Client.Rerun] or [Client.Status], and then makes one exchange: [Client.Send] for requests that change
// something, [Client.Ask] for status. Neither sleeps, follows a redirect or tries again; they say what became of the
// exchange, and whoever called decides.
//
// A request that changes something passes a gate, see gate.go. What became of it is judged by the gate and by
// a closed table, see class.go; an error's text is for people only.
package ofs
