// SPDX-License-Identifier: Apache-2.0
#include "bench/synthetic/load_case.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <numbers>

namespace seep::synthetic {
namespace {

constexpr double kTwoPi = 2 * std::numbers::pi;
constexpr double kDay_s = 24 * 3600;
constexpr double kTailShare = 0.03;

// One window of a service, before its answers are drawn.
struct Scene {
  double per_s = 100;
  double slow = 1;  // times its usual time to answer
};

// A healthy service: how much it is asked and how that slows it, window by window.
struct Service {
  double users = 0;        // of a closed loop: told, and the rate follows from the times; 0: open
  double heavy = 0;        // share of answers with a Pareto tail
  bool is_coarse = false;  // the usual buckets of Prometheus' libraries
  std::function<Scene(double t_s)> at;
};

// A wander without drift, of correlation time `tau_s`.
std::function<double(double)> Wander(Rng& rng, double step_s, double tau_s, double sd) {
  auto state = std::make_shared<std::pair<double, Rng>>(sd * Normal(rng), Rng(rng()));
  const double keep = std::exp(-step_s / tau_s);
  return [=](double) {
    state->first = keep * state->first + sd * std::sqrt(1 - keep * keep) * Normal(state->second);
    return std::exp(state->first);
  };
}

// Times in a queue grow as 1 / (1 - utilisation) (M/M/1).
double Queue(double utilisation) {
  return 1 / (1 - std::min(utilisation, 0.95));
}

struct Family {
  std::string name;
  std::function<Service(Rng&, double per_s, double duration_s, double step_s)> make;
};

Service Steady(Rng& rng, double per_s, double duration_s, double step_s) {
  const auto wander = Wander(rng, step_s, LogUniform(rng, step_s, duration_s / 20), 0.03);
  Service service;
  service.at = [=](double t_s) { return Scene{per_s, wander(t_s)}; };
  return service;
}

Service Diurnal(Rng& rng, double per_s, double, double step_s) {
  const double depth = Uniform(rng, 0.3, 0.8);
  const double phase = Uniform(rng, 0, kTwoPi);
  const double busy = Uniform(rng, 0.15, 0.4);
  const auto wander = Wander(rng, step_s, 10 * step_s, 0.03);
  Service service;
  service.at = [=](double t_s) {
    const double load = 1 + depth * std::sin(kTwoPi * t_s / kDay_s + phase);
    return Scene{per_s * load, Queue(busy * load) * wander(t_s)};
  };
  return service;
}

Service Ramp(Rng& rng, double per_s, double duration_s, double step_s) {
  const double from = Uniform(rng, 0.5, 1);
  const double to = Uniform(rng, 0.8, 1.8);
  const double busy = Uniform(rng, 0.15, 0.4);
  const auto wander = Wander(rng, step_s, 10 * step_s, 0.05);
  Service service;
  service.at = [=](double t_s) {
    const double load = (from + (to - from) * t_s / duration_s) * wander(t_s);
    return Scene{per_s * load, Queue(busy * load)};
  };
  return service;
}

// Caches that fill, code that is compiled: fast later; or buffers that grow: slower, and level.
Service WarmUp(Rng& rng, double per_s, double duration_s, double step_s) {
  const double tau_s = LogUniform(rng, 0.02, 0.15) * duration_s;
  const double height = Uniform(rng, -0.3, 1);
  const auto wander = Wander(rng, step_s, 5 * step_s, 0.02);
  Service service;
  service.at = [=](double t_s) {
    return Scene{per_s, (1 + height * std::exp(-t_s / tau_s)) * wander(t_s)};
  };
  return service;
}

Service Releases(Rng& rng, double per_s, double duration_s, double step_s) {
  std::vector<std::pair<double, double>> steps;
  for (int i = Integer(rng, 1, 3); i > 0; --i) {
    steps.push_back({Uniform(rng, 0.1, 0.9) * duration_s, Uniform(rng, 0.8, 1.3)});
  }
  const auto wander = Wander(rng, step_s, 5 * step_s, 0.02);
  Service service;
  service.at = [=](double t_s) {
    double slow = wander(t_s);
    for (const auto& [at_s, factor] : steps) slow *= t_s >= at_s ? factor : 1;
    return Scene{per_s, slow};
  };
  return service;
}

Service HeavyTail(Rng& rng, double per_s, double duration_s, double step_s) {
  Service service = Steady(rng, per_s, duration_s, step_s);
  service.heavy = Uniform(rng, 0.01, 0.05);
  return service;
}

Service Coarse(Rng& rng, double per_s, double duration_s, double step_s) {
  Service service = Steady(rng, per_s, duration_s, step_s);
  service.is_coarse = true;
  return service;
}

// Neighbours on the machine, backups: episodes that end.
Service Bursts(Rng& rng, double per_s, double duration_s, double step_s) {
  std::vector<std::pair<double, double>> episodes;
  for (int i = Integer(rng, 3, 12); i > 0; --i) {
    episodes.push_back({Uniform(rng, 0, 1) * duration_s, Uniform(rng, 0.005, 0.03) * duration_s});
  }
  const double height = Uniform(rng, 1.2, 3);
  const auto wander = Wander(rng, step_s, 5 * step_s, 0.02);
  Service service;
  service.at = [=](double t_s) {
    double slow = wander(t_s);
    for (const auto& [at_s, length_s] : episodes) {
      if (t_s >= at_s && t_s < at_s + length_s) slow *= height;
    }
    return Scene{per_s, slow};
  };
  return service;
}

Service ClosedLoop(Rng& rng, double per_s, double duration_s, double step_s) {
  Service service = Steady(rng, per_s, duration_s, step_s);
  service.users = Integer(rng, 2, 64);
  return service;
}

const std::vector<Family>& Families() {
  static const std::vector<Family> families{
      {"steady", Steady},         {"diurnal load, queue", Diurnal},
      {"load ramp, queue", Ramp}, {"warm-up", WarmUp},
      {"releases", Releases},     {"heavy tail", HeavyTail},
      {"coarse buckets", Coarse}, {"bursts", Bursts},
      {"closed loop", ClosedLoop}};
  return families;
}

double NormalBelow(double z) {
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

std::vector<double> Edges(bool is_coarse) {
  if (is_coarse) return {0, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  std::vector<double> edges;
  for (int step = 0; step <= 120; ++step) edges.push_back(1e-4 * std::pow(1.12, step));
  return edges;
}

// Of the answers: their times as a distribution function.
struct Times {
  double median_s = 0.02;
  double sigma = 0.5;
  double heavy = 0;
  double tail_slow = 1;  // the slowest ones

  double Below(double seconds) const {
    const double body = NormalBelow(std::log(seconds / median_s) / sigma);
    constexpr double kAlpha = 1.5;
    const double start_s = median_s;
    const double pareto = seconds > start_s ? 1 - std::pow(start_s / seconds, kAlpha) : 0;
    const double plain = (1 - heavy) * body + heavy * pareto;
    if (tail_slow == 1 || plain <= 1 - kTailShare) return plain;
    // Beyond that point times are stretched.
    const double border_s = median_s * std::exp(1.880794 * sigma);
    const double before_s = border_s * std::pow(seconds / border_s, 1 / tail_slow);
    const double moved = (1 - heavy) * NormalBelow(std::log(before_s / median_s) / sigma) +
                         heavy * (1 - std::pow(start_s / before_s, kAlpha));
    return std::max(moved, 1 - kTailShare);
  }
};

}  // namespace

const char* ToString(Drift drift) {
  switch (drift) {
    case Drift::kNone:
      return "none";
    case Drift::kAll:
      return "all";
    case Drift::kTail:
      return "tail";
    case Drift::kErrors:
      return "errors";
  }
  return "unknown";
}

const std::vector<std::string>& LoadFamilies() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Family& family : Families()) all.push_back(family.name);
    return all;
  }();
  return names;
}

LoadCase MakeLoadCase(uint64_t seed, size_t family, Drift drift, double rise, double duration_s) {
  Rng rng(seed);
  constexpr double kWindow_s = 60;
  const double step_s = std::min(kWindow_s, duration_s / 120);
  const double per_s = LogUniform(rng, 20, 1000);
  const Service service = Families()[family].make(rng, per_s, duration_s, step_s);
  const std::vector<double> edges = Edges(service.is_coarse);
  Times times{LogUniform(rng, 0.004, 0.1), Uniform(rng, 0.3, 0.8), service.heavy, 1};
  const double median_s = times.median_s;
  const double failed = LogUniform(rng, 1e-4, 0.02);
  const double days = std::max(1.0, duration_s / kDay_s);

  LoadCase made;
  made.family = Families()[family].name;
  made.duration_s = duration_s;
  for (double t_s = 0; t_s + step_s <= duration_s + 1e-6; t_s += step_s) {
    const double x = (t_s + step_s / 2) / duration_s;
    const Scene scene = service.at(t_s + step_s / 2);
    const double grown = std::pow(1 + rise, days * x);
    times.median_s = median_s * scene.slow * (drift == Drift::kAll ? grown : 1);
    // ln of the tail's excess over the border: at p99 it is 0.446 sigma beyond it.
    if (drift == Drift::kTail) times.tail_slow = 1 + std::log(grown) / (0.445554 * times.sigma);
    model::LoadWindow window;
    window.begin_s = t_s;
    window.end_s = t_s + step_s;
    window.source = "http://127.0.0.1:9100/metrics";
    const double mean_s = times.median_s * std::exp(times.sigma * times.sigma / 2);
    const double asked_per_s = service.users > 0 ? service.users / mean_s : scene.per_s;
    if (service.users > 0) window.concurrency = service.users;
    const double asked = std::min(asked_per_s, 2000.0) * step_s;
    double below = times.Below(std::max(edges.front(), 1e-9));
    for (size_t i = 0; i + 1 < edges.size(); ++i) {
      const double next = times.Below(edges[i + 1]);
      const double count = Poisson(rng, asked * std::max(0.0, next - below));
      if (count > 0) window.latency.push_back({edges[i], edges[i + 1], count});
      window.requests += count;
      below = next;
    }
    const double beyond = Poisson(rng, asked * std::max(0.0, 1 - below));
    constexpr double kOpen = std::numeric_limits<double>::infinity();
    if (beyond > 0) window.latency.push_back({edges.back(), kOpen, beyond});
    window.requests += beyond;
    const double more = drift == Drift::kErrors ? rise / 10 * days * x : 0;
    // What fails, fails in clumps of three.
    window.errors =
        std::min(window.requests, 3 * Poisson(rng, window.requests * (failed + more) / 3));
    made.load.push_back(std::move(window));
  }
  return made;
}

}  // namespace seep::synthetic
