package sim

// A Channel is how one of the ways on which people are told something works in a night. The scheduler has nothing to do with it; a
// channel of which a scenario says nothing takes every message.
type Channel struct {
	Does  ChannelDoes
	Tries int // it fails so often, and works from then on; 0: it never works
}

// ChannelDoes is what a channel does with a message.
type ChannelDoes string

// What a channel does.
const (
	ChannelFails   ChannelDoes = "fails"   // it cannot be reached, so that it is tried again
	ChannelRefuses ChannelDoes = "refuses" // it answers, and will not have the message
	ChannelHangs   ChannelDoes = "hangs"   // it takes the connection, and says nothing until it is given up
)
