// SPDX-License-Identifier: Apache-2.0
// The portable form of a baseline: one gzip file of JSON, with gzip's checksum and a version, that
// moves between machines and databases.
#pragma once

#include <string>

#include "storage/model/baseline.h"
#include "storage/model/error.h"

namespace seep::baseline {

inline constexpr char kFormat[] = "seep-baseline";
inline constexpr int kVersion = 1;

// The same baseline gives the same bytes.
std::string Pack(const model::Baseline& baseline);

// kCorrupt: damaged, cut short, or something else; kUnsupported: of a newer version. The message
// names `what`, the cause and the remedy.
model::Result<model::Baseline> Unpack(std::string_view file, const std::string& what);

// A failure leaves an older file as it was. kIo.
model::Status WriteFile(const std::string& path, const model::Baseline& baseline);

// As Unpack; kNotFound, kIo.
model::Result<model::Baseline> ReadFile(const std::string& path);

}  // namespace seep::baseline
