// Package sim is a scheduler with no machines behind it: it speaks the wire contract that package ofs speaks,
// token endpoint included, and plays a [Scenario] in place of a bank's batches.
//
// It has no timers and reads no clock. A batch run is planned when it starts, and every answer is computed from
// the plan and the time of asking; so ten thousand runs cost nothing while nobody asks, and the same requests
// at the same times always get the same answers. [Scheduler.Answer] is that core. Around it are two
// thin faces, which make the same thing of every [Cut]:
//
//   - [Scheduler.Handler] and [Serve] speak HTTP and HTTPS on loopback, in real time or so many times as fast;
//   - [Scheduler.Transport] is an http.RoundTripper for a clock of one's own, and keeps httptrace's promise
//     that a connection is shown before anything is written to it.
//
// It refuses to be used for anything but rehearsal: it knows no batch that a scenario does not invent.
//
//	s, err := sim.New(sim.Demo(), sim.Options{})
//	server, err := sim.Serve(s, sim.ServeOptions{})
//	defer server.Close()
package sim
