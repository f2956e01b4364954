package mesosapi

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const longest = 64 << 20

// ReadRecord reads one record: its length in decimal, a newline, and that many bytes.
func ReadRecord(r *bufio.Reader) ([]byte, error) {
	head, err := r.ReadString('\n')
	if err != nil {
		return nil, err
	}
	size, err := strconv.Atoi(strings.TrimSpace(head))
	if err != nil || size < 0 || size > longest {
		return nil, fmt.Errorf("the stream is not RecordIO: length %q", strings.TrimSpace(head))
	}
	record := make([]byte, size)
	_, err = io.ReadFull(r, record)
	return record, err
}
