// SPDX-License-Identifier: Apache-2.0
#include "storage/baseline/baseline_file.h"

#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "storage/baseline/summary_json.h"
#include "storage/files/replace_file.h"
#include "storage/gzip/gzip.h"

namespace seep::baseline {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMost_bytes = size_t{256} << 20;  // unpacked; one run takes some 100 KiB

model::Error Damaged(const std::string& what, const std::string& cause) {
  return {model::Errc::kCorrupt,
          what + " is no whole baseline file (" + cause + "); export it again"};
}

model::Result<model::Baseline> Read(const Json& json, const std::string& what) {
  if (json.at("format").get<std::string>() != kFormat) {
    return std::unexpected(Damaged(what, "it is of another format"));
  }
  if (const int version = json.at("version").get<int>(); version != kVersion) {
    return model::Fail(model::Errc::kUnsupported,
                       what + " has version " + std::to_string(version) + ", this seep reads " +
                           std::to_string(kVersion) +
                           "; use the seep that wrote it, or a newer one");
  }
  const Json& body = json.at("baseline");
  model::Baseline baseline;
  baseline.name = body.at("name").get<std::string>();
  baseline.is_pinned = body.at("is_pinned").get<bool>();
  baseline.keep = body.at("keep").get<size_t>();
  baseline.changed_at_ns = body.at("changed_at_ns").get<int64_t>();
  for (const Json& run : body.at("runs")) {
    auto summary = ParseSummary(run.dump());
    if (!summary) return std::unexpected(Damaged(what, summary.error().message));
    summary->run_id = 0;  // its database is elsewhere
    baseline.runs.push_back(std::move(*summary));
  }
  if (!baseline.runs.empty()) baseline.key = baseline.runs.back().key;
  return baseline;
}

}  // namespace

std::string Pack(const model::Baseline& baseline) {
  Json runs = Json::array();
  for (const model::RunSummary& run : baseline.runs) runs.push_back(Json::parse(ToJson(run)));
  const Json json = {{"format", kFormat},
                     {"version", kVersion},
                     {"baseline",
                      {{"name", baseline.name},
                       {"is_pinned", baseline.is_pinned},
                       {"keep", baseline.keep},
                       {"changed_at_ns", baseline.changed_at_ns},
                       {"runs", std::move(runs)}}}};
  return gzip::Compress(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

model::Result<model::Baseline> Unpack(std::string_view file, const std::string& what) {
  const auto text = gzip::Decompress(file, kMost_bytes);
  if (!text) return std::unexpected(Damaged(what, text.error().message));
  try {
    return Read(Json::parse(*text), what);
  } catch (const Json::exception& failure) {
    return std::unexpected(Damaged(what, failure.what()));
  }
}

model::Status WriteFile(const std::string& path, const model::Baseline& baseline) {
  return files::Replace(path, Pack(baseline));
}

model::Result<model::Baseline> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const bool is_missing = errno == ENOENT;
    auto failure = model::FailErrno("reading " + path);
    if (is_missing) failure.error().code = model::Errc::kNotFound;
    return failure;
  }
  std::ostringstream content;
  content << file.rdbuf();
  if (file.bad()) return model::FailErrno("reading " + path);
  return Unpack(content.str(), path);
}

}  // namespace seep::baseline
