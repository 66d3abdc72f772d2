// SPDX-License-Identifier: Apache-2.0
// k6 run --out json=FILE: an object a line, {"type": "Point", "metric": "http_req_duration",
// "data":
// {"time": RFC 3339, "value": milliseconds, "tags": {"name", "status", "expected_response", ...}}}.
#include <nlohmann/json.hpp>

#include "probes/endpoint/csv_table.h"
#include "probes/endpoint/load_reader.h"
#include "probes/endpoint/realtime.h"

namespace seep::endpoint {
namespace {

using Json = nlohmann::json;

bool Has(std::string_view line, std::string_view word) {
  return line.find(word) != std::string_view::npos;
}

std::string TagOf(const Json& tags, const char* name) {
  const auto tag = tags.find(name);
  return tag != tags.end() && tag->is_string() ? tag->get<std::string>() : std::string();
}

// What k6 itself calls failed, else by status; without an answer the status is 0.
bool IsError(const Json& tags) {
  const std::string expected = TagOf(tags, "expected_response");
  if (!expected.empty()) return expected != "true";
  const auto status = ParseFinite(TagOf(tags, "status"));
  return status && (*status < 100 || *status >= 400);
}

class K6JsonReader : public LoadReader {
 public:
  bool Read(std::string_view line, AnswerSink& sink) override {
    if (line.empty()) return true;
    if (!line.starts_with('{') || !line.ends_with('}')) return false;
    // Of some ten points a request two are of interest: the others are not parsed.
    const bool is_duration = Has(line, "\"http_req_duration\"");
    const bool is_users = Has(line, "\"vus\"");
    if (!is_duration && !is_users) return true;
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    try {
      if (json.at("type") != "Point") return json.at("type") == "Metric";
      const Json& data = json.at("data");
      const auto at_s = ParseTimestamp(data.at("time").get_ref<const std::string&>());
      const double value = data.at("value").get<double>();
      if (!at_s || !(value >= 0)) return false;
      if (json.at("metric") == "vus") {
        sink.TakeConcurrency(*at_s, value);
      } else if (json.at("metric") == "http_req_duration") {
        static const Json kNoTags = Json::object();
        const auto found = data.find("tags");
        const Json& tags = found != data.end() && found->is_object() ? *found : kNoTags;
        sink.Take(Answer{*at_s, value / 1000, IsError(tags), TagOf(tags, "name")});
      }
      return true;
    } catch (const Json::exception&) {
      return false;
    }
  }
};

}  // namespace

std::unique_ptr<LoadReader> MakeK6JsonReader() {
  return std::make_unique<K6JsonReader>();
}

}  // namespace seep::endpoint
