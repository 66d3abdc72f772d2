// SPDX-License-Identifier: Apache-2.0
// One source of load and latency as an operator names it: an endpoint or a file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "probes/endpoint/load_reader.h"
#include "storage/model/error.h"

namespace seep::endpoint {

struct LoadSource {
  std::string endpoint{};  // http:// or https://; empty: it is a file
  // Of an endpoint, all of them selectors (selector.h); empty: the usual names are tried.
  std::string requests{};
  std::string errors{};
  std::string latency{};     // a histogram, without _bucket
  std::string operation{};   // the label that tells operations apart
  std::string token_file{};  // its first line is shown as a bearer token

  std::string file{};
  std::optional<LoadFormat> format{};  // else told by its first lines

  double expected_interval_s = 0;  // between the requests of who asks one after the other

  bool operator==(const LoadSource&) const = default;
};

// What people and the database call it: the address, FORMAT:FILE, or FILE.
std::string NameOf(const LoadSource& source);

// URL, FORMAT:FILE or FILE. kInvalidArgument.
model::Result<LoadSource> ParseLoadSource(std::string_view text);
// As it is, or what is wrong with it, with its remedy. kInvalidArgument.
model::Status CheckLoadSource(const LoadSource& source);

}  // namespace seep::endpoint
