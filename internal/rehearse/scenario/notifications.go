package scenario

import (
	"fmt"

	"ofsplan/internal/source"
	"ofsplan/ofs/sim"
)

// channelDoes are what a channel can do instead of taking a message.
var channelDoes = []string{string(sim.ChannelFails), string(sim.ChannelRefuses), string(sim.ChannelHangs)}

// notifications reads which channels do not take what they are told: one that is not named takes everything.
func (r reader) notifications(m source.Map) map[string]sim.Channel {
	var all map[string]sim.Channel
	for _, f := range m.Mapping("notifications", "*").Fields() {
		what := fmt.Sprintf("channel %q", f.Key)
		var c sim.Channel
		if f.Value.Is(source.Mapping) {
			n := r.Mapping(f.Value, what, channelDoes...)
			if len(n.Node.Fields) != 1 {
				r.Add(f.Value.Pos, "%s must say one thing, such as {fails: 2}", what)
			}
			for _, key := range n.Node.Fields {
				c = sim.Channel{Does: sim.ChannelDoes(key.Key), Tries: r.count(n, key.Key)}
			}
		} else if v := r.Scalar(f.Value, what); v != nil {
			one := r.Mapping(&source.Node{Kind: source.Mapping, Pos: v.Pos, Fields: []source.Field{f}}, `"notifications"`, "*")
			c.Does = sim.ChannelDoes(one.Enum(f.Key, channelDoes...))
		}
		set(&all, f.Key, c)
	}
	return all
}

func channelItem(c sim.Channel) source.Item {
	if c.Tries == 0 {
		return source.Plain(string(c.Does))
	}
	var f source.Sparse
	f.Number(string(c.Does), c.Tries)
	return source.Pairs(f...)
}
