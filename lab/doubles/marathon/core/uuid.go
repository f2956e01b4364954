package core

import (
	"crypto/rand"
	"fmt"
	"sync"
	"time"
)

var (
	clockMu  sync.Mutex
	lastTick uint64
	nodePart = randomBytes(8) // clock sequence and node of this process
)

func randomBytes(n int) []byte {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		panic(err)
	}
	return b
}

// timeUUID is of version 1, as Marathon's instance ids are: time first, then this process.
func timeUUID() string {
	clockMu.Lock()
	defer clockMu.Unlock()
	tick := uint64(time.Now().UnixNano()/100) + 0x01B21DD213814000
	if tick <= lastTick {
		tick = lastTick + 1
	}
	lastTick = tick
	return fmt.Sprintf("%08x-%04x-%04x-%02x%02x-%02x%x", uint32(tick), uint16(tick>>32), uint16(tick>>48)&0x0fff|0x1000,
		nodePart[0]&0x3f|0x80, nodePart[1], nodePart[2]|1, nodePart[3:8])
}

// randomUUID is of version 4, as the ids of deployments are.
func randomUUID() string {
	b := randomBytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
