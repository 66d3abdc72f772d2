// SPDX-License-Identifier: Apache-2.0
#include "probes/endpoint/load_source.h"

#include "probes/endpoint/selector.h"

namespace seep::endpoint {
namespace {

using model::Errc;
using model::Status;

bool IsAddress(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

Status CheckAddress(const std::string& address) {
  if (!IsAddress(address)) {
    return model::Fail(Errc::kInvalidArgument,
                       "'" + address + "' is no address; write http://HOST:PORT/metrics");
  }
  const std::string_view rest = std::string_view(address).substr(address.find("://") + 3);
  const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  if (host.empty() || host.front() == ':') {
    return model::Fail(Errc::kInvalidArgument, "'" + address + "' names no host");
  }
  if (host.find('@') != std::string_view::npos) {
    return model::Fail(Errc::kInvalidArgument,
                       "an address with a password would stand in the "
                       "database and in reports; use token_file");
  }
  for (const char c : address) {
    if (c > ' ' && c <= '~') continue;
    return model::Fail(
        Errc::kInvalidArgument,
        "an address has no blanks and letters of ASCII only; write %20 and the like");
  }
  return {};
}

Status CheckSelector(const char* key, const std::string& text) {
  if (text.empty()) return {};
  const auto parsed = Selector::Parse(text);
  if (parsed) return {};
  return model::Fail(Errc::kInvalidArgument, std::string(key) + ": " + parsed.error().message);
}

}  // namespace

std::string NameOf(const LoadSource& source) {
  if (!source.endpoint.empty()) return source.endpoint;
  if (!source.format) return source.file;
  return std::string(ToString(*source.format)) + ":" + source.file;
}

model::Result<LoadSource> ParseLoadSource(std::string_view text) {
  LoadSource source;
  const size_t colon = text.find(':');
  if (IsAddress(text)) {
    source.endpoint = text;
  } else if (text.find("://") != std::string_view::npos) {
    return model::Fail(Errc::kInvalidArgument,
                       "'" + std::string(text) + "': http:// and https:// are asked, no others");
  } else if (colon != std::string_view::npos && ParseLoadFormat(text.substr(0, colon))) {
    source.format = ParseLoadFormat(text.substr(0, colon));
    source.file = text.substr(colon + 1);
  } else {
    source.file = text;
  }
  if (auto checked = CheckLoadSource(source); !checked) return std::unexpected(checked.error());
  return source;
}

Status CheckLoadSource(const LoadSource& source) {
  const bool is_endpoint = !source.endpoint.empty();
  if (is_endpoint == !source.file.empty()) {
    return model::Fail(
        Errc::kInvalidArgument,
        "a source of load is either an endpoint or a file: http://HOST:PORT/metrics, "
        "FILE or FORMAT:FILE, with FORMAT one of " +
            LoadFormatNames());
  }
  if (!is_endpoint) {
    const bool has_metrics = !source.requests.empty() || !source.errors.empty() ||
                             !source.latency.empty() || !source.operation.empty() ||
                             !source.token_file.empty();
    if (!has_metrics) return {};
    return model::Fail(Errc::kInvalidArgument,
                       "requests, errors, latency, operation and "
                       "token_file are of an endpoint, not of a file");
  }
  if (source.format) {
    return model::Fail(Errc::kInvalidArgument, "format is of a file, not of an endpoint");
  }
  auto checked = CheckAddress(source.endpoint);
  if (checked) checked = CheckSelector("requests", source.requests);
  if (checked) checked = CheckSelector("errors", source.errors);
  if (checked) checked = CheckSelector("latency", source.latency);
  return checked;
}

}  // namespace seep::endpoint
