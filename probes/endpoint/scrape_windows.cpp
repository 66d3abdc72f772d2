// SPDX-License-Identifier: Apache-2.0
#include "probes/endpoint/scrape_windows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "probes/endpoint/csv_table.h"
#include "probes/endpoint/metric_names.h"
#include "storage/model/latency.h"

namespace seep::endpoint {
namespace {

using model::Errc;

constexpr std::string_view kBucket = "_bucket";
constexpr std::string_view kCount = "_count";
constexpr size_t kMostBuckets = 200;  // of a histogram

// A series by name and labels; those of a histogram without the edge.
std::string KeyOf(const std::string& name, const Labels& labels, std::string_view without) {
  std::vector<const std::pair<std::string, std::string>*> sorted;
  for (const auto& label : labels) {
    if (label.first != without) sorted.push_back(&label);
  }
  std::ranges::sort(
      sorted, {}, [](const auto* label) -> const auto& { return label->first; });
  std::string key = name;
  for (const auto* label : sorted) {
    key.append(1, '\0').append(label->first).append(1, '\0').append(label->second);
  }
  return key;
}

std::optional<double> EdgeOf(std::string_view le) {
  if (le == "+Inf" || le == "Inf" || le == "inf" || le == "+inf") {
    return std::numeric_limits<double>::infinity();
  }
  return ParseFinite(le.starts_with('+') ? le.substr(1) : le);
}

// Seconds a unit of the metric.
double UnitOf(std::string_view metric) {
  if (metric.ends_with("_milliseconds") || metric.ends_with("_ms")) return 1e-3;
  if (metric.ends_with("_microseconds") || metric.ends_with("_us")) return 1e-6;
  return 1;
}

bool HasServerFailed(const Labels& labels) {
  return std::ranges::any_of(kStatusLabels, [&labels](std::string_view name) {
    return LabelOf(labels, name).starts_with('5');
  });
}

}  // namespace

ScrapeWindows::ScrapeWindows(const LoadSource& source, WindowSettings settings)
    : source_(source), settings_(std::move(settings)) {
  const auto fill = [](Role* role, const std::string& text, const auto& usual) {
    if (text.empty()) {
      role->usual.assign(usual.begin(), usual.end());
    } else if (auto parsed = Selector::Parse(text)) {
      role->chosen = parsed->metric();
      role->named = std::move(*parsed);
    }
  };
  fill(&requests_, source.requests, kRequestNames);
  fill(&latency_, source.latency, kLatencyNames);
  fill(&errors_, source.errors, std::vector<std::string>());
}

void ScrapeWindows::Begin() {
  kept_.clear();
  text_ = std::make_unique<PrometheusText>([this](const Sample& sample) { Keep(sample); });
}

bool ScrapeWindows::WantsName(const Role& role, const std::string& name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return false;
  const std::string_view base = std::string_view(name).substr(0, name.size() - suffix.size());
  if (!role.chosen.empty()) return base == role.chosen;
  return std::ranges::find(role.usual, base) != role.usual.end();
}

void ScrapeWindows::Keep(const Sample& sample) {
  const bool is_wanted =
      WantsName(requests_, sample.name, "") || WantsName(errors_, sample.name, "") ||
      WantsName(latency_, sample.name, kBucket) || WantsName(latency_, sample.name, kCount);
  if (!is_wanted) return;
  if (kept_.size() == kMostSeries) {
    ++counts_.bad_values;
    return;
  }
  kept_.push_back({sample.name, sample.labels, sample.value});
}

// Of the usual names the first that is told holds from then on.
model::Status ScrapeWindows::Choose() {
  const auto choose = [this](Role* role, std::string_view suffix) {
    if (!role->chosen.empty()) return;
    for (const std::string& name : role->usual) {
      const bool is_told = std::ranges::any_of(
          kept_, [&](const Kept& kept) { return kept.name == name + std::string(suffix); });
      if (is_told) {
        role->chosen = name;
        return;
      }
    }
  };
  choose(&requests_, "");
  choose(&latency_, kBucket);
  const bool is_told = std::ranges::any_of(kept_, [this](const Kept& kept) {
    return IsOf(requests_, kept, "") || IsOf(latency_, kept, kBucket) ||
           IsOf(latency_, kept, kCount);
  });
  if (is_told) return {};
  const bool is_named = requests_.named || latency_.named;
  return model::Fail(Errc::kCorrupt, is_named ? "it does not tell the metric that is named by "
                                                "requests or latency; look at what it tells"
                                              : "it tells requests by no usual name; name the "
                                                "metric by requests = or latency =");
}

model::Status ScrapeWindows::CheckTypes() const {
  const auto check = [this](const Role& role, MetricType wanted) -> model::Status {
    // OpenMetrics names the family of a counter without _total.
    std::string family = role.chosen;
    MetricType type = text_->TypeOf(family);
    if (type == MetricType::kUnknown && family.ends_with("_total")) {
      family.resize(family.size() - 6);
      type = text_->TypeOf(family);
    }
    // The count of a histogram or of a summary is a counter, too.
    if (family.ends_with(kCount)) return {};
    if (role.chosen.empty() || type == MetricType::kUnknown || type == wanted) return {};
    return model::Fail(Errc::kCorrupt, role.chosen + " is a " + std::string(ToString(type)) +
                                           ", not a " + std::string(ToString(wanted)) +
                                           "; name another metric");
  };
  auto checked = check(requests_, MetricType::kCounter);
  if (checked) checked = check(errors_, MetricType::kCounter);
  if (checked) checked = check(latency_, MetricType::kHistogram);
  return checked;
}

bool ScrapeWindows::IsOf(const Role& role, const Kept& kept, std::string_view suffix) const {
  return !role.chosen.empty() && kept.name.size() == role.chosen.size() + suffix.size() &&
         kept.name.starts_with(role.chosen) && kept.name.ends_with(suffix) &&
         (!role.named || role.named->Matches(kept.labels));
}

model::Status ScrapeWindows::End(double t_s, bool is_open_metrics) {
  auto s = text_->Finish(is_open_metrics);
  if (s) s = Choose();
  if (s) s = CheckTypes();
  if (!s) return s;
  // A silence longer than a window: what was told before it is a window of its own.
  const bool is_gap = last_s_ && begin_s_ && t_s - *last_s_ > settings_.length(*begin_s_);
  if (is_gap && *last_s_ > *begin_s_) Close(*last_s_);
  if (!begin_s_) begin_s_ = t_s;
  ++counts_.scrapes;
  AddRequests();
  AddLatency();
  // What is not told this time is remembered: should it come again, it has not begun at zero.
  if (next_counters_.size() < kMostSeries) next_counters_.merge(counters_);
  if (next_histograms_.size() < kMostSeries) next_histograms_.merge(histograms_);
  counters_ = std::exchange(next_counters_, {});
  histograms_ = std::exchange(next_histograms_, {});
  is_first_ = false;
  const double before_s = std::exchange(last_s_, t_s).value_or(t_s);
  // As near as scrapes allow to the length that is wanted.
  const double length_s = std::max(kShortestWindow_s, settings_.length(*begin_s_));
  const double half_step_s = (t_s - before_s) / 2;
  if (t_s - *begin_s_ >= length_s - std::min(half_step_s, length_s / 4)) Close(t_s);
  return {};
}

size_t ScrapeWindows::OperationOf(const Labels& labels) {
  if (!source_.operation.empty()) return operations_.PlaceOf(LabelOf(labels, source_.operation));
  for (const std::string_view label : kOperationLabels) {
    if (const std::string_view name = LabelOf(labels, label); !name.empty()) {
      return operations_.PlaceOf(name);
    }
  }
  return 0;
}

double ScrapeWindows::IncrementOf(const Kept& kept) {
  const std::string key = KeyOf(kept.name, kept.labels, "");
  const auto known = counters_.find(key);
  if (!std::isfinite(kept.value) || kept.value < 0) {
    ++counts_.bad_values;
    return 0;
  }
  // The same series twice in a scrape: the first one counts.
  if (!next_counters_.emplace(key, kept.value).second) {
    ++counts_.bad_values;
    return 0;
  }
  if (is_first_) return 0;
  // A series that was not there has begun at zero, as has one that is less than before.
  if (known == counters_.end()) return kept.value;
  if (kept.value >= known->second) return kept.value - known->second;
  ++counts_.resets;
  return kept.value;
}

void ScrapeWindows::AddRequests() {
  const bool has_requests =
      std::ranges::any_of(kept_, [this](const Kept& kept) { return IsOf(requests_, kept, ""); });
  for (const Kept& kept : kept_) {
    // Without a counter of requests the count of the histogram is one.
    const bool is_request = has_requests ? IsOf(requests_, kept, "") : IsOf(latency_, kept, kCount);
    const bool is_error =
        errors_.named ? IsOf(errors_, kept, "") : is_request && HasServerFailed(kept.labels);
    if (!is_request && !is_error) continue;
    const double more = IncrementOf(kept);
    if (more > 0 || is_request) {
      Add(OperationOf(kept.labels), {is_request ? more : 0, is_error ? more : 0, {}});
    }
  }
}

void ScrapeWindows::AddLatency() {
  std::map<std::string, std::pair<size_t, Buckets>> told;  // by series: operation, buckets
  for (const Kept& kept : kept_) {
    if (!IsOf(latency_, kept, kBucket)) continue;
    const auto edge = EdgeOf(LabelOf(kept.labels, "le"));
    const bool is_sound = edge && *edge >= 0 && std::isfinite(kept.value) && kept.value >= 0;
    auto& [operation, buckets] = told[KeyOf(kept.name, kept.labels, "le")];
    if (!is_sound || buckets.by_edge.size() == kMostBuckets) {
      ++counts_.bad_values;
      continue;
    }
    operation = OperationOf(kept.labels);
    buckets.by_edge.emplace(*edge, kept.value);
  }
  for (auto& [key, series] : told) {
    auto& [operation, buckets] = series;
    double below = 0;
    const bool is_falling = std::ranges::any_of(buckets.by_edge, [&below](const auto& bucket) {
      return bucket.second < std::exchange(below, bucket.second);
    });
    if (is_falling) {
      ++counts_.bad_values;
      continue;
    }
    if (!is_first_) AddBuckets(operation, key, buckets);
    next_histograms_[key] = std::move(buckets);
  }
}

void ScrapeWindows::AddBuckets(size_t operation, const std::string& key, const Buckets& now) {
  const auto known = histograms_.find(key);
  static const Buckets kNothing;
  const Buckets* before = known == histograms_.end() ? &kNothing : &known->second;
  const bool is_same =
      std::ranges::equal(before->by_edge, now.by_edge,
                         [](const auto& a, const auto& b) { return a.first == b.first; });
  const bool is_less = is_same && std::ranges::any_of(now.by_edge, [before](const auto& bucket) {
                         return bucket.second < before->by_edge.at(bucket.first);
                       });
  // Other edges are those of another program: it has begun anew.
  if (is_less || !is_same) before = &kNothing;
  const double unit_s = UnitOf(latency_.chosen);
  Sums sums;
  double low_s = 0;
  double below = 0;
  for (const auto& [edge, cumulative] : now.by_edge) {
    const auto old = before->by_edge.find(edge);
    const double more = cumulative - (old == before->by_edge.end() ? 0 : old->second);
    // An endpoint that counts while it tells may be off by a few: never less than nothing.
    if (more > below) sums.latency.push_back({low_s, edge * unit_s, more - below});
    below = std::max(below, more);
    low_s = edge * unit_s;
  }
  Add(operation, sums);
}

void ScrapeWindows::Add(size_t operation, const Sums& sums) {
  for (const size_t place : {size_t{0}, operation}) {
    if (window_.size() <= place) window_.resize(place + 1);
    Sums& to = window_[place];
    to.requests += sums.requests;
    to.errors += sums.errors;
    to.latency.insert(to.latency.end(), sums.latency.begin(), sums.latency.end());
    if (operation == 0) return;
  }
}

void ScrapeWindows::Close(double end_s) {
  const auto& names = operations_.names();
  window_.resize(names.size());
  for (size_t place = 0; place < names.size(); ++place) {
    Sums& sums = window_[place];
    complete_.push_back({.begin_s = *begin_s_,
                         .end_s = end_s,
                         .source = settings_.source,
                         .operation = names[place],
                         .requests = sums.requests,
                         .errors = std::min(sums.errors, sums.requests),
                         .expected_interval_s = settings_.expected_interval_s,
                         .latency = model::MergeLatency(std::move(sums.latency))});
  }
  window_.clear();
  begin_s_ = end_s;
}

std::vector<model::LoadWindow> ScrapeWindows::TakeComplete() {
  return std::exchange(complete_, {});
}

std::vector<model::LoadWindow> ScrapeWindows::TakeAll() {
  if (begin_s_ && last_s_ && *last_s_ > *begin_s_) Close(*last_s_);
  return TakeComplete();
}

}  // namespace seep::endpoint
