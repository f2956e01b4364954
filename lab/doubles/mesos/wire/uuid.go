package wire

import (
	"crypto/rand"
	"fmt"
)

// NewUUID gives 16 random bytes of a version 4 UUID.
func NewUUID() []byte {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return b
}

// NewID gives a UUID in its usual spelling.
func NewID() string {
	b := NewUUID()
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
