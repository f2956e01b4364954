package main

import (
	"archive/tar"
	"bytes"
	"path"
	"sort"
)

// CAP_NET_BIND_SERVICE permitted and effective, as the kernel keeps it of a file (struct vfs_cap_data, revision 2): Kubernetes
// sets it on kube-apiserver, CoreDNS' makers on theirs.
const mayBindLow = "\x01\x00\x00\x02" + "\x00\x04\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"

// Whom the images run as, by name.
var texts = map[string]string{
	"etc/passwd": "root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n" +
		"nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
	"etc/group": "root:x:0:\nnobody:x:65534:\ntty:x:5:\nnonroot:x:65532:\n",
	// Go's resolver asks hosts files before name servers only where this says so.
	"etc/nsswitch.conf": "hosts: files dns\n",
}

// layer is the image's file system: the programs, and the few files that every image has.
func (i *image) layer() ([]byte, error) {
	files := map[string]*tar.Header{}
	contents := map[string][]byte{}
	put := func(name string, mode int64, content []byte) {
		files[name] = &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content))}
		contents[name] = content
		for folder := path.Dir(name); folder != "."; folder = path.Dir(folder) {
			files[folder] = &tar.Header{Typeflag: tar.TypeDir, Name: folder + "/", Mode: 0o755}
		}
	}
	for name, text := range texts {
		put(name, 0o644, []byte(text))
	}
	for _, program := range i.programs {
		name := path.Clean(program.path)[1:]
		put(name, 0o755, program.content)
		if program.binds {
			files[name].PAXRecords = map[string]string{"SCHILY.xattr.security.capability": mayBindLow}
		}
	}
	files["tmp"] = &tar.Header{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777}

	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	// A folder before what is in it.
	sort.Strings(names)
	var layer bytes.Buffer
	archive := tar.NewWriter(&layer)
	for _, name := range names {
		files[name].ModTime = i.created
		if err := add(archive, files[name], contents[name]); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return layer.Bytes(), nil
}
