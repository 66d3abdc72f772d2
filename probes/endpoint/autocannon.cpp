// SPDX-License-Identifier: Apache-2.0
// autocannon -j: one object a run, at its end, of quantiles (ms); of several runs one behind the
// other, on a line each or printed over many.
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "probes/endpoint/load_reader.h"
#include "probes/endpoint/quantile_buckets.h"
#include "probes/endpoint/realtime.h"

namespace seep::endpoint {
namespace {

using Json = nlohmann::json;

constexpr size_t kLongestObject = 1 << 20;
constexpr std::array<std::pair<const char*, double>, 15> kQuantiles{{{"p0_001", 0.00001},
                                                                     {"p0_01", 0.0001},
                                                                     {"p0_1", 0.001},
                                                                     {"p1", 0.01},
                                                                     {"p2_5", 0.025},
                                                                     {"p10", 0.1},
                                                                     {"p25", 0.25},
                                                                     {"p50", 0.5},
                                                                     {"p75", 0.75},
                                                                     {"p90", 0.9},
                                                                     {"p97_5", 0.975},
                                                                     {"p99", 0.99},
                                                                     {"p99_9", 0.999},
                                                                     {"p99_99", 0.9999},
                                                                     {"max", 1}}};

double NumberOf(const Json& json, const char* name) {
  const auto found = json.find(name);
  const double number = found != json.end() && found->is_number() ? found->get<double>() : 0;
  return number > 0 ? number : 0;
}

bool TakeRun(const std::string& text, AnswerSink& sink) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  try {
    const auto begin_s = ParseTimestamp(json.at("start").get_ref<const std::string&>());
    const auto end_s = ParseTimestamp(json.at("finish").get_ref<const std::string&>());
    if (!begin_s || !end_s || *end_s <= *begin_s) return false;
    const Json& latency = json.at("latency");
    const double answers = json.at("requests").at("total").get<double>();
    // Those without an answer (refused, reset, timeout) took no time that is known.
    const double unanswered = NumberOf(json, "errors");
    const double errors = NumberOf(json, "non2xx") + unanswered;
    if (!(answers >= 0)) return false;
    std::vector<Quantile> quantiles;
    for (const auto& [name, share] : kQuantiles) {
      quantiles.push_back({share, latency.at(name).get<double>() / 1000});
    }
    AnswerSummary summary{.begin_s = *begin_s, .end_s = *end_s};
    summary.requests = answers + unanswered;
    summary.errors = std::min(errors, summary.requests);
    const double least_s = NumberOf(latency, "min") / 1000;
    summary.latency = BucketsBetween(quantiles, std::min(least_s, quantiles.front().at_s), answers);
    sink.Take(summary);
    const double users = NumberOf(json, "connections");
    sink.TakeConcurrency((*begin_s + *end_s) / 2, users);
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

class AutocannonReader : public LoadReader {
 public:
  bool Read(std::string_view line, AnswerSink& sink) override {
    bool is_sound = true;
    for (const char c : line) {
      if (depth_ == 0 && c != '{') {
        is_sound = is_sound && (c == ' ' || c == '\t' || c == '\r');
        continue;
      }
      object_ += c;
      Follow(c);
      if (depth_ != 0 && object_.size() <= kLongestObject) continue;
      const bool is_whole = depth_ == 0;
      is_sound = (is_whole && TakeRun(object_, sink)) && is_sound;
      Restart();
    }
    return is_sound;
  }
  void Restart() override {
    object_.clear();
    depth_ = 0;
    is_text_ = false;
    is_escaped_ = false;
  }

 private:
  void Follow(char c) {
    if (is_text_) {
      is_text_ = c != '"' || is_escaped_;
      is_escaped_ = c == '\\' && !is_escaped_;
    } else if (c == '"') {
      is_text_ = true;
    } else if (c == '{') {
      ++depth_;
    } else if (c == '}') {
      --depth_;
    }
  }

  std::string object_;
  int depth_ = 0;
  bool is_text_ = false;     // within quotes
  bool is_escaped_ = false;  // behind a backslash there
};

}  // namespace

std::unique_ptr<LoadReader> MakeAutocannonReader() {
  return std::make_unique<AutocannonReader>();
}

}  // namespace seep::endpoint
