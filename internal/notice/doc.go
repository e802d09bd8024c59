// Package notice sends messages about runs to the channels of a target: a webhook, mail, a command.
//
//	open, err := channel.Open(ctx, filter) // its secrets can be read
//	err = open.Send(ctx, message)          // once; whoever calls tries again, when a *Failure says so
//
// It knows no plan and decides nothing: what is worth a notice, and when it is tried again, is said elsewhere. It is the one home
// of the library that speaks SMTP. A message is never sent over a connection that others can read, no redirect is followed, and no
// error repeats a secret.
package notice
