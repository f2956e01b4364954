#!/bin/bash
# Run by systemd around flanneld.
