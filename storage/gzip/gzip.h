// SPDX-License-Identifier: Apache-2.0
// gzip in memory (RFC 1952, by zlib). Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "storage/model/error.h"

namespace seep::gzip {

// The same bytes give the same file: no name, no time.
std::string Compress(std::string_view bytes);

// kCorrupt: not gzip, cut short, the checksum does not fit, or something behind the end;
// kUnsupported: more than `most_bytes` come out.
model::Result<std::string> Decompress(std::string_view file, size_t most_bytes);

}  // namespace seep::gzip
