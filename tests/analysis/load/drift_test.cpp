// SPDX-License-Identifier: Apache-2.0
#include "analysis/load/drift.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "analysis/load/error_drift.h"
#include "analysis/load/load_findings.h"
#include "analysis/load/load_points.h"
#include "analysis/verdict.h"
#include "tests/analysis/synthetic.h"

using namespace seep;
using namespace seep::analysis;
using model::GrowthClass;

namespace {

// A service whose answers are lognormal around `median_s(x)` (x: share of the run), in buckets a
// twentieth wide.
struct Service {
  double duration_s = 24 * 3600;
  double window_s = 60;
  double sigma = 0.5;
  std::function<double(double)> rate = [](double) { return 100.0; };
  std::function<double(double)> median_s = [](double) { return 0.02; };
  std::function<double(double)> failed = [](double) { return 0.0; };
  std::optional<double> users{};
  std::string operation{};
};

double Poisson(synthetic::Rng& rng, double mean) {
  return std::max(0.0, std::round(mean + std::sqrt(mean) * synthetic::Normal(rng)));
}

double Below(double z) {
  return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

std::vector<model::LoadWindow> Load(uint64_t seed, const Service& service) {
  synthetic::Rng rng(seed);
  std::vector<model::LoadWindow> load;
  for (double t_s = 0; t_s + service.window_s <= service.duration_s; t_s += service.window_s) {
    const double x = (t_s + service.window_s / 2) / service.duration_s;
    model::LoadWindow window;
    window.begin_s = t_s;
    window.end_s = t_s + service.window_s;
    window.source = "http://127.0.0.1:9100/metrics";
    window.operation = service.operation;
    window.concurrency = service.users;
    const double asked = Poisson(rng, service.rate(x) * service.window_s);
    const double median_s = service.median_s(x) * std::exp(0.02 * synthetic::Normal(rng));
    for (int step = -40; step < 60; ++step) {
      const double low = std::log(0.02) + 0.05 * step - std::log(median_s);
      const double share = Below((low + 0.05) / service.sigma) - Below(low / service.sigma);
      const double count = Poisson(rng, asked * share);
      if (count > 0) {
        window.latency.push_back(
            {0.02 * std::exp(0.05 * step), 0.02 * std::exp(0.05 * (step + 1)), count});
        window.requests += count;
      }
    }
    window.errors = std::min(window.requests, Poisson(rng, window.requests * service.failed(x)));
    load.push_back(std::move(window));
  }
  return load;
}

LoadFindings Judge(const std::vector<model::LoadWindow>& load) {
  return JudgeLoad(SplitLoad(load), load.empty() ? 0 : load.back().end_s);
}

const model::SeriesVerdict& Of(const LoadFindings& findings, const std::string& metric,
                               const std::string& operation = "") {
  for (const model::SeriesVerdict& series : findings.series) {
    if (series.metric == metric && series.drift->operation == operation) return series;
  }
  FAIL("no " << metric);
  return findings.series.front();
}

std::vector<std::string> Drifting(const LoadFindings& findings) {
  std::vector<std::string> names;
  for (const auto* series : findings.Drifting()) names.push_back(series->metric);
  std::sort(names.begin(), names.end());
  return names;
}

model::RunData WithLoad(std::vector<model::LoadWindow> load, double leak_per_s = 0) {
  synthetic::Rng rng(3);
  const double duration_s = load.back().end_s;
  model::RunData data = synthetic::MakeRun(rng, {duration_s, 20, 60, 30 * synthetic::kMiB, {}});
  data.stacks.clear();
  data.targets[0].probe = "not loaded";
  std::erase_if(data.series,
                [](const auto& one) { return one.series.metric == model::metric::kHeapLive; });
  for (model::SeriesData& series : data.series) {
    if (series.series.metric != model::metric::kRssSwap) continue;
    for (model::Point& point : series.points) point.value += leak_per_s * point.t_s;
  }
  data.load = std::move(load);
  return data;
}

}  // namespace

TEST_CASE("a service that answers as it did does not drift") {
  const LoadFindings findings = Judge(Load(1, {}));
  CHECK(findings.Drifting().empty());
  REQUIRE(findings.operations.size() == 1);
  const model::OperationStanding& all = findings.operations[0];
  CHECK(all.requests == Approx(100 * 24 * 3600).epsilon(0.01));
  CHECK(all.requests_per_s == Approx(100).epsilon(0.01));
  CHECK(all.measured.p50_s == Approx(0.02).epsilon(0.01));
  CHECK(all.measured.p99_s == Approx(0.02 * std::exp(0.5 * 2.3263)).epsilon(0.02));
  CHECK_FALSE(all.corrected);
}

TEST_CASE("answers that take 30 % longer at the end of a day drift, and by so much") {
  const LoadFindings findings =
      Judge(Load(2, {.median_s = [](double x) { return 0.02 * std::pow(1.3, x); }}));
  CHECK(Drifting(findings) ==
        std::vector<std::string>{"latency_p50", "latency_p95", "latency_p99"});
  const model::SeriesVerdict& p99 = Of(findings, model::metric::kLatencyP99);
  CHECK(p99.growth_class == GrowthClass::kDrift);
  CHECK(p99.unit == "s");
  CHECK(p99.drift->change_per_day == Approx(0.3).margin(0.06));
  CHECK(p99.drift->change_low < 0.3);
  CHECK(p99.drift->change_high > 0.3);
  CHECK(p99.drift->to / p99.drift->from == Approx(1.3).margin(0.06));
  CHECK(p99.slope_per_hour == Approx(p99.level * std::log(1.3) / 24).epsilon(0.15));
}

TEST_CASE("what matters is a rise in 24 hours, and as much in all of a shorter run") {
  CHECK(LeastRise(0.05, 3600) == Approx(std::log(1.05)));
  CHECK(LeastRise(0.05, 24 * 3600) == Approx(std::log(1.05)));
  CHECK(LeastRise(0.1, 48 * 3600) == Approx(2 * std::log(1.1)));
  // 3 % is none, however sure it is.
  const LoadFindings findings =
      Judge(Load(4, {.median_s = [](double x) { return 0.02 * std::pow(1.03, x); }}));
  CHECK(findings.Drifting().empty());
}

TEST_CASE("answers that are slower under more load do not drift") {
  Service service;
  service.rate = [](double x) { return 60 + 80 * x + 10 * std::sin(20 * x); };
  service.median_s = [&](double x) { return 0.01 * (1 + service.rate(x) / 100); };
  const LoadFindings findings = Judge(Load(5, service));
  CHECK(findings.Drifting().empty());
  CHECK(Of(findings, model::metric::kLatencyP50).growth_class == GrowthClass::kLoadProportional);
}

TEST_CASE("a closed loop that asks less since answers take longer has no excuse") {
  Service service;
  service.median_s = [](double x) { return 0.02 * std::pow(1.3, x); };
  service.rate = [&](double x) { return 2 / service.median_s(x); };
  // Users not told: the rate falls as answers become slower.
  CHECK(Drifting(Judge(Load(6, service))) ==
        std::vector<std::string>{"latency_p50", "latency_p95", "latency_p99"});
  // Told, and constant: fewer answers are a finding, too.
  service.users = 2;
  CHECK(Drifting(Judge(Load(6, service))) ==
        std::vector<std::string>{"latency_p50", "latency_p95", "latency_p99", "throughput"});
}

TEST_CASE("a slower tail alone is a drift of the tail") {
  std::vector<model::LoadWindow> load = Load(7, {});
  for (model::LoadWindow& window : load) {
    // Of a share that grows, the slowest 5 % take half as long again.
    const double slower = std::pow(1.6, window.end_s / (24 * 3600));
    double above = 0;
    for (auto bucket = window.latency.rbegin(); bucket != window.latency.rend(); ++bucket) {
      above += bucket->count;
      if (above > 0.03 * window.requests) break;
      bucket->low_s *= slower;
      bucket->high_s *= slower;
    }
  }
  CHECK(Drifting(Judge(load)) == std::vector<std::string>{"latency_p99"});
}

TEST_CASE("a service that few ask is not judged by its tail, and that is said") {
  const LoadFindings findings =
      Judge(Load(8, {.duration_s = 3600, .rate = [](double) { return 10.0; }}));
  const model::SeriesVerdict& p99 = Of(findings, model::metric::kLatencyP99);
  CHECK(p99.growth_class == GrowthClass::kInsufficientData);
  CHECK(p99.explanation.find("answers, at least 120000 needed") != std::string::npos);
  CHECK(Of(findings, model::metric::kLatencyP50).growth_class != GrowthClass::kInsufficientData);
  // Its memory is judged all the same.
  const model::Verdict verdict =
      Analyze(WithLoad(Load(8, {.duration_s = 3600, .rate = [](double) { return 0.1; }})));
  CHECK(verdict.exit_code == model::ExitCode::kPass);
}

TEST_CASE("a quiet night is no hole, windows that are missing are") {
  const Service service{.rate = [](double x) { return x > 0.3 && x < 0.6 ? 1.0 : 100.0; }};
  std::vector<model::LoadWindow> load = Load(9, service);
  const auto split = SplitLoad(load);
  CHECK(QuantilePoints(split[0], 0.99, 0.1).shortage.empty());
  CHECK(JudgeLatency(split[0], kLatencies[2], {}).growth_class != GrowthClass::kInsufficientData);
  std::erase_if(load, [](const model::LoadWindow& window) {
    return window.begin_s > 0.3 * 24 * 3600 && window.begin_s < 0.6 * 24 * 3600;
  });
  const LoadFindings holed = Judge(load);
  CHECK(Of(holed, model::metric::kLatencyP50).growth_class == GrowthClass::kInsufficientData);
}

TEST_CASE("a histogram that cannot tell is not believed") {
  std::vector<model::LoadWindow> load = Load(10, {});
  for (model::LoadWindow& window : load) window.latency = {{0, 5, window.requests}};
  const std::string coarse = Of(Judge(load), model::metric::kLatencyP50).explanation;
  CHECK(coarse.find("too coarse") != std::string::npos);
  for (model::LoadWindow& window : load) {
    window.latency = {{0.01, 0.02, 0.6 * window.requests},
                      {0.02, std::numeric_limits<double>::infinity(), 0.4 * window.requests}};
  }
  const std::string open = Of(Judge(load), model::metric::kLatencyP99).explanation;
  CHECK(open.find("beyond the last bucket") != std::string::npos);
}

TEST_CASE("a coarse histogram sees answers that pass through its buckets, and no others") {
  // Each time all answers are in one bucket, a fifth wide.
  const auto judged = [](double rise) {
    std::vector<model::LoadWindow> load = Load(14, {});
    for (model::LoadWindow& window : load) {
      const double value_s = 0.021 * std::pow(rise, window.end_s / (24 * 3600));
      const double low_s = std::pow(1.2, std::floor(std::log(value_s) / std::log(1.2)));
      window.latency = {{low_s, 1.2 * low_s, window.requests}};
    }
    return Of(Judge(load), model::metric::kLatencyP50);
  };
  CHECK(judged(1.15).explanation.find("too coarse") != std::string::npos);
  const model::SeriesVerdict tripled = judged(3);
  CHECK(tripled.growth_class == GrowthClass::kDrift);
  CHECK(tripled.drift->change_per_day == Approx(2).margin(0.5));
}

TEST_CASE("a step at a release is a step") {
  const LoadFindings findings =
      Judge(Load(11, {.median_s = [](double x) { return x < 0.5 ? 0.02 : 0.026; }}));
  CHECK(findings.Drifting().empty());
  CHECK(Of(findings, model::metric::kLatencyP50).growth_class == GrowthClass::kStep);
}

TEST_CASE("errors that become more drift, constant ones and an incident do not") {
  const auto errors = [](auto failed) { return Judge(Load(12, {.failed = failed})); };
  const LoadFindings rising = errors([](double x) { return 0.002 + 0.004 * x; });
  CHECK(Drifting(rising) == std::vector<std::string>{"error_rate"});
  const model::SeriesVerdict& rate = Of(rising, model::metric::kErrorRate);
  CHECK(rate.level == Approx(0.004).epsilon(0.05));
  CHECK(rate.drift->change_per_day == Approx(0.004).epsilon(0.15));
  CHECK(rate.drift->from == Approx(0.002).margin(0.0007));
  CHECK(rate.drift->to == Approx(0.006).margin(0.001));
  CHECK(errors([](double) { return 0.004; }).Drifting().empty());
  CHECK(errors([](double x) { return x > 0.7 && x < 0.75 ? 0.2 : 0.001; }).Drifting().empty());
  CHECK(errors([](double x) { return x > 0.9 ? 0.05 : 0.001; }).Drifting().empty());
  const LoadFindings step = errors([](double x) { return x > 0.5 ? 0.01 : 0.001; });
  CHECK(step.Drifting().empty());
  CHECK(Of(step, model::metric::kErrorRate).growth_class == GrowthClass::kStep);
}

TEST_CASE("rare errors are tested without a fit, and fewer than ten not at all") {
  const auto rare = [](double from, double to) {
    return Judge(Load(13, {.duration_s = 3600,
                           .rate = [](double) { return 2.0; },
                           .failed = [=](double x) { return from + (to - from) * x; }}));
  };
  const LoadFindings rising = rare(0, 0.012);
  CHECK(Drifting(rising) == std::vector<std::string>{"error_rate"});
  CHECK(Of(rising, model::metric::kErrorRate).explanation.find("though rare") != std::string::npos);
  CHECK(rare(0.005, 0.005).Drifting().empty());
  CHECK(Of(rare(0, 0.0015), model::metric::kErrorRate).explanation ==
        "fewer than 10 answers failed");
}

TEST_CASE("one slow operation of many is found and named, and chance is not") {
  std::vector<model::LoadWindow> load = Load(14, {});
  for (int i = 0; i < 10; ++i) {
    Service one{.rate = [](double) { return 10.0; }, .operation = "op" + std::to_string(i)};
    if (i == 3) one.median_s = [](double x) { return 0.02 * std::pow(1.5, x); };
    const auto more = Load(20 + static_cast<uint64_t>(i), one);
    load.insert(load.end(), more.begin(), more.end());
  }
  const LoadFindings findings = Judge(load);
  REQUIRE_FALSE(findings.Drifting().empty());
  for (const auto* series : findings.Drifting()) CHECK(series->drift->operation == "op3");
  CHECK(findings.operations.size() == 11);
}

TEST_CASE("drift alone is exit 13, together with a leak one finding, the leak first") {
  Service slower{.duration_s = 4 * 3600,
                 .median_s = [](double x) { return 0.02 * std::pow(1.4, x); }};
  const model::Verdict drift = Analyze(WithLoad(Load(15, slower)));
  CHECK(drift.exit_code == model::ExitCode::kLimit);
  CHECK(drift.growth_class == GrowthClass::kDrift);
  CHECK(drift.summary.find("Drift: under the same load answers become slower: ") == 0);
  CHECK_FALSE(drift.confidence.empty());

  const model::Verdict both = Analyze(WithLoad(Load(15, slower), 3000));
  CHECK(both.exit_code == model::ExitCode::kGrowth);
  CHECK(both.growth_class == GrowthClass::kGrowth);
  CHECK(both.summary.find("Growth: the resident memory") == 0);
  CHECK(both.summary.find("With it answers become slower") != std::string::npos);

  // Too little of its memory, and a drift: a finding all the same.
  model::RunData blind = WithLoad(Load(15, slower));
  blind.series.clear();
  CHECK(Analyze(blind).exit_code == model::ExitCode::kLimit);
}

TEST_CASE("a source that told nothing, or fell silent, is a warning") {
  model::RunData data = WithLoad(Load(16, {.duration_s = 3600}));
  std::vector<model::LoadWindow> silent = Load(17, {.duration_s = 3600});
  for (model::LoadWindow& window : silent) {
    window.source = "k6-json:/tmp/k6.json";
    window.requests = 0;
    window.latency.clear();
    data.load.push_back(window);
  }
  const model::Verdict verdict = Analyze(data);
  CHECK(verdict.exit_code == model::ExitCode::kPass);
  REQUIRE_FALSE(verdict.warnings.empty());
  CHECK(std::any_of(verdict.warnings.begin(), verdict.warnings.end(), [](const auto& warning) {
    return warning.find("k6-json:/tmp/k6.json told of no request") != std::string::npos;
  }));
  std::erase_if(data.load, [](const auto& window) { return window.end_s > 2400; });
  const model::Verdict cut = Analyze(data);
  CHECK(std::any_of(cut.warnings.begin(), cut.warnings.end(), [](const auto& warning) {
    return warning.find("told nothing after 40m") != std::string::npos;
  }));
  data.load = Load(16, {.duration_s = 3600});
  std::erase_if(data.load, [](const auto& window) { return window.begin_s < 1200; });
  const model::Verdict late = Analyze(data);
  CHECK(std::any_of(late.warnings.begin(), late.warnings.end(), [](const auto& warning) {
    return warning.find("told of 67 % of the run") != std::string::npos;
  }));
}

TEST_CASE("answers that a closed loop left out are made up for, and both are told") {
  std::vector<model::LoadWindow> load = Load(18, {.rate = [](double) { return 20.0; }});
  for (model::LoadWindow& window : load) {
    window.expected_interval_s = 0.05;
    window.latency.push_back({1.9, 2.1, 1});  // a stall of 2 s: 39 more
    window.requests += 1;
  }
  const LoadFindings findings = Judge(load);
  const model::OperationStanding& all = findings.operations.front();
  REQUIRE(all.corrected);
  CHECK(all.measured.p99_s < 0.1);
  CHECK(all.corrected->p99_s > 0.5);
  CHECK(Of(findings, model::metric::kLatencyP99).level ==
        Approx(all.corrected->p99_s).epsilon(0.3));
}
