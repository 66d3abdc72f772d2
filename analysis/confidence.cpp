// SPDX-License-Identifier: Apache-2.0
#include "analysis/confidence.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "analysis/series/metric_kind.h"
#include "storage/model/series.h"
#include "storage/model/units.h"

namespace seep::analysis {
namespace {

constexpr double kStrongP = 1e-3;
constexpr double kLong_s = 4 * 3600;
constexpr double kMedium_s = 600;

// Something that says "it grows", whatever the others say.
struct Source {
  std::string name;
  double p_value = 1;
  std::string objection;  // why it would be no leak by itself; empty: it would
};

std::vector<Source> SourcesOf(const TargetFindings& findings) {
  std::vector<Source> sources;
  if (findings.stacks_grow) {
    const size_t count = findings.stacks.growing.size();
    sources.push_back({count == 1 ? "1 stack" : std::to_string(count) + " stacks",
                       findings.stacks.growing.front().p_value,
                       {}});
  }
  const char* slack = findings.rss_is_slack || findings.rss_is_ratchet
                          ? "over a flat live heap: that alone would be no leak"
                          : "";
  const char* unconfirmed = findings.heap_grows ? "" : "but no stacks confirm it";
  const auto add = [&sources](const Trend& trend, const char* metric, const char* objection) {
    if (!model::IsGrowth(trend.growth_class)) return;
    sources.push_back({MetricInWords(metric), trend.p_value, objection});
  };
  add(findings.heap_live, model::metric::kHeapLive, unconfirmed);
  add(findings.rss_swap, model::metric::kRssSwap, slack);
  for (const GrowingResource& resource : findings.resources.growing) {
    add(resource.trend, resource.metric.c_str(), "");
  }
  return sources;
}

// "a, b and c"
std::string List(const std::vector<std::string>& names) {
  std::string list;
  for (size_t i = 0; i < names.size(); ++i) {
    list += (i == 0 ? "" : i + 1 < names.size() ? ", " : " and ") + names[i];
  }
  return list;
}

// In powers of ten. bench/accuracy judges about 2000 healthy series (docs/accuracy.md): nobody
// knows that anything is rarer than that.
std::string Rarity(double p_value, const char* what) {
  constexpr double kRarest = 1e-3;
  const double odds = std::pow(10, std::floor(-std::log10(std::max(p_value, kRarest)) + 1e-9));
  if (odds < 10) return {};
  return "; noise alone would rise like this in less than 1 of " +
         std::to_string(std::lround(odds)) + " such " + what;
}

// What a pass rests on.
std::string Basis(const TargetFindings& findings) {
  std::string basis =
      "it rests on " + model::FormatDuration(findings.rss_swap.usable_s) + " of data";
  if (findings.are_stacks_judged) {
    basis += " and " + std::to_string(findings.snapshots) + " heap snapshots";
  }
  return basis;
}

}  // namespace

Confidence ConfidenceInGrowth(const TargetFindings& findings) {
  int votes = 0;
  double rarest = 1;
  std::vector<std::string> agreeing;
  std::string objections;
  for (const Source& source : SourcesOf(findings)) {
    votes += source.p_value < kStrongP ? 2 : 1;
    if (!source.objection.empty()) {
      objections += "; " + source.name + " rises too, " + source.objection;
      continue;
    }
    agreeing.push_back(source.name);
    rarest = std::min(rarest, source.p_value);
  }
  if (findings.rss_is_slack || findings.rss_is_ratchet) votes -= 1;
  if (agreeing.empty()) return {"medium", "it rests on the levels of the starts alone"};
  Confidence confidence;
  confidence.level = votes >= 3 ? "high" : votes == 2 ? "medium" : "low";
  const bool is_alone = agreeing.size() == 1;
  confidence.reason = (is_alone ? "nothing but " : "") + List(agreeing) +
                      (is_alone ? " shows it" : " agree") + Rarity(rarest, "runs") + objections;
  if (confidence.level != "high" && !findings.are_stacks_judged) {
    confidence.reason += "; the heap, which could agree, was not judged";
  }
  return confidence;
}

Confidence ConfidenceInService(double p_value) {
  return {p_value < kStrongP ? "medium" : "low",
          "nothing but the sum over its processes shows it" + Rarity(p_value, "runs")};
}

Confidence ConfidenceInPass(const TargetFindings& findings) {
  const double usable_s = findings.rss_swap.usable_s;
  Confidence confidence{"low", Basis(findings)};
  if (findings.rss_is_slack) {
    confidence.reason += ", but resident memory rises a little, and nothing explains it";
  } else if (findings.stacks_shift) {
    confidence.reason += ", but some stacks grow while others shrink";
  } else if (findings.are_stacks_judged) {
    confidence.level = usable_s >= kLong_s ? "high" : usable_s >= kMedium_s ? "medium" : "low";
    if (usable_s < kMedium_s) {
      confidence.reason += "; 10 minutes would make it medium, 4 hours high";
    } else if (usable_s < kLong_s) {
      confidence.reason += "; 4 hours would make it high";
    }
  } else {
    confidence.level = usable_s >= kLong_s ? "medium" : "low";
    confidence.reason += usable_s >= kLong_s
                             ? "; without a look into the heap it is never more than medium"
                             : "; without a look into the heap it takes 4 hours to be medium";
  }
  return confidence;
}

Confidence ConfidenceInSeries(const Trend& trend) {
  const bool is_growth = model::IsGrowth(trend.growth_class);
  const bool is_sure = is_growth ? trend.p_value < kStrongP : trend.usable_s >= kLong_s;
  const std::string alone =
      "one series alone is never more than medium, as nothing else agrees with it";
  Confidence confidence{is_sure ? "medium" : "low", alone};
  confidence.reason += is_growth
                           ? Rarity(trend.p_value, "series")
                           : "; it rests on " + model::FormatDuration(trend.usable_s) + " of data";
  return confidence;
}

}  // namespace seep::analysis
