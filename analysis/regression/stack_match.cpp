// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/stack_match.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace seep::analysis {
namespace {

constexpr double kAlike = 0.8;      // analysis.md 2.7.4
constexpr double kRelated = 0.5;    // of what allocates the same
constexpr double kSizeClass = 2;    // a factor
constexpr double kSameSize = 1.25;  // likewise, of what allocates the same
constexpr size_t kCompared = 64;    // names of a path: bits of a word
constexpr size_t kMostRivals = 16;  // candidates that a path keeps in one round
constexpr int kMostRounds = 8;      // that those may try again whose candidates all were taken

bool IsOfSize(double left, double right, double factor) {
  if (left <= 0 || right <= 0) return left == right;
  return left <= factor * right && right <= factor * left;
}

// A bit for each name, by chance the same for some.
uint64_t Signature(std::span<const uint32_t> names) {
  uint64_t signature = 0;
  for (const uint32_t name : names) {
    signature |= uint64_t{1} << (name * uint64_t{0x9e3779b97f4a7c15} >> 58);
  }
  return signature;
}

std::span<const uint32_t> Compared(const StackKey& path) {
  return std::span(path.names).first(std::min(path.names.size(), kCompared));
}

// One path beside many: the longest common subsequence by bits (Hyyro 2004, "Bit-parallel
// LCS-length computation revisited").
class PathMatcher {
 public:
  void SetPath(const StackKey& path) {
    for (const uint32_t name : path_) places_[name] = 0;
    const std::span<const uint32_t> names = Compared(path);
    path_.assign(names.begin(), names.end());
    signature_ = Signature(names);
    for (size_t i = 0; i < path_.size(); ++i) {
      if (path_[i] >= places_.size()) places_.resize(path_[i] + 1);
      places_[path_[i]] |= uint64_t{1} << i;
    }
  }

  // 0 when it is less than `least`. `signature` is that of `other`.
  double SimilarityTo(const StackKey& other, uint64_t signature, double least) const {
    const std::span<const uint32_t> names = Compared(other);
    const auto sum = static_cast<double>(path_.size() + names.size());
    if (sum == 0) return 1;
    // Names that only one of the two has are in no common subsequence.
    const size_t most =
        std::min(path_.size() - static_cast<size_t>(std::popcount(signature_ & ~signature)),
                 names.size() - static_cast<size_t>(std::popcount(signature & ~signature_)));
    if (2 * static_cast<double>(most) < least * sum) return 0;
    uint64_t unmatched = ~uint64_t{0};
    for (const uint32_t name : names) {
      const uint64_t here = unmatched & (name < places_.size() ? places_[name] : 0);
      unmatched = (unmatched + here) | (unmatched - here);
    }
    const uint64_t used =
        path_.size() == kCompared ? ~uint64_t{0} : (uint64_t{1} << path_.size()) - 1;
    const double similarity = 2 * std::popcount(~unmatched & used) / sum;
    return similarity >= least ? similarity : 0;
  }

 private:
  std::vector<uint32_t> path_;
  uint64_t signature_ = 0;
  std::vector<uint64_t> places_;  // by name: a bit for each of its places in the path
};

struct Candidate {
  StackPair pair;
  double size_ratio = 1;  // of their objects, at least 1
};

// What is left of both sides, and the pairs so far.
class Matching {
 public:
  Matching(std::span<const StackGroup> base, std::span<const StackGroup> run)
      : base_(base), run_(run), is_base_taken_(base.size()), is_run_taken_(run.size()) {
    for (const StackGroup& group : run) signatures_.push_back(Signature(Compared(group.key)));
  }

  void Take(size_t base, size_t run, double similarity) {
    is_base_taken_[base] = true;
    is_run_taken_[run] = true;
    pairs_.push_back({base, run, similarity});
  }

  void BySameNames() {
    std::map<std::pair<model::StackKind, uint64_t>, size_t> places;
    for (size_t i = 0; i < base_.size(); ++i) places[{base_[i].kind, base_[i].key.full}] = i;
    for (size_t i = 0; i < run_.size(); ++i) {
      const auto found = places.find({run_[i].kind, run_[i].key.full});
      if (found != places.end()) Take(found->second, i, 1);
    }
  }

  void BySite() {
    std::map<std::pair<model::StackKind, uint64_t>, std::vector<size_t>> sites;
    for (size_t i = 0; i < run_.size(); ++i) {
      if (!is_run_taken_[i] && run_[i].key.has_symbols) {
        sites[{run_[i].kind, run_[i].key.site}].push_back(i);
      }
    }
    InRounds(0, [&](const StackGroup& group) -> std::span<const size_t> {
      const auto site = sites.find({group.kind, group.key.site});
      if (site == sites.end()) return {};
      return site->second;
    });
  }

  void BySimilarity() {
    std::vector<size_t> by_size;
    for (size_t i = 0; i < run_.size(); ++i) {
      if (!is_run_taken_[i] && run_[i].key.has_symbols) by_size.push_back(i);
    }
    std::sort(by_size.begin(), by_size.end(),
              [this](size_t a, size_t b) { return run_[a].object_bytes < run_[b].object_bytes; });
    InRounds(kAlike, [&](const StackGroup& group) -> std::span<const size_t> {
      const double size = group.object_bytes;
      const auto first = std::partition_point(by_size.begin(), by_size.end(), [&](size_t other) {
        return run_[other].object_bytes * kSizeClass < size;
      });
      const auto last = std::partition_point(first, by_size.end(), [&](size_t other) {
        return run_[other].object_bytes <= size * kSizeClass;
      });
      return {first, last};
    });
  }

  std::vector<StackPair> Finish() {
    for (size_t i = 0; i < base_.size(); ++i) {
      if (!is_base_taken_[i]) pairs_.push_back({i, StackPair::kNone, 0});
    }
    for (size_t i = 0; i < run_.size(); ++i) {
      if (!is_run_taken_[i]) pairs_.push_back({StackPair::kNone, i, 0});
    }
    return std::move(pairs_);
  }

  // The best of `others` for a path of the baseline.
  void Collect(size_t base, std::span<const size_t> others, double least,
               std::vector<Candidate>& candidates) {
    matcher_.SetPath(base_[base].key);
    const size_t begin = candidates.size();
    for (const size_t other : others) {
      if (is_run_taken_[other] || base_[base].kind != run_[other].kind) continue;
      const double similarity = matcher_.SimilarityTo(run_[other].key, signatures_[other], least);
      if (similarity < least) continue;
      const double ratio = run_[other].object_bytes > 0 && base_[base].object_bytes > 0
                               ? run_[other].object_bytes / base_[base].object_bytes
                               : 1;
      candidates.push_back({{base, other, similarity}, std::max(ratio, 1 / ratio)});
    }
    if (candidates.size() - begin <= kMostRivals) return;
    const auto from = candidates.begin() + static_cast<std::ptrdiff_t>(begin);
    std::partial_sort(from, from + kMostRivals, candidates.end(), &IsBetter);
    candidates.erase(from + kMostRivals, candidates.end());
  }

  // Whether any pair was among them.
  bool TakeBest(std::vector<Candidate>& candidates) {
    std::sort(candidates.begin(), candidates.end(), &IsBetter);
    const size_t before = pairs_.size();
    for (const auto& [pair, ratio] : candidates) {
      if (is_base_taken_[pair.base] || is_run_taken_[pair.run]) continue;
      Take(pair.base, pair.run, pair.similarity);
    }
    return pairs_.size() > before;
  }

 private:
  // `others_of` gives the candidates for a path of the baseline that has no partner yet.
  template <typename OthersOf>
  void InRounds(double least, const OthersOf& others_of) {
    std::vector<Candidate> candidates;
    for (int round = 0; round < kMostRounds; ++round) {
      candidates.clear();
      for (size_t i = 0; i < base_.size(); ++i) {
        if (is_base_taken_[i] || !base_[i].key.has_symbols) continue;
        Collect(i, others_of(base_[i]), least, candidates);
      }
      if (!TakeBest(candidates)) return;
    }
  }

  static bool IsBetter(const Candidate& a, const Candidate& b) {
    return std::tuple(-a.pair.similarity, a.size_ratio, a.pair.base, a.pair.run) <
           std::tuple(-b.pair.similarity, b.size_ratio, b.pair.base, b.pair.run);
  }

  std::span<const StackGroup> base_;
  std::span<const StackGroup> run_;
  std::vector<bool> is_base_taken_;
  std::vector<bool> is_run_taken_;
  std::vector<uint64_t> signatures_;  // of the run's paths
  std::vector<StackPair> pairs_;
  PathMatcher matcher_;
};

}  // namespace

double Similarity(const StackKey& left, const StackKey& right) {
  PathMatcher matcher;
  matcher.SetPath(left);
  return matcher.SimilarityTo(right, Signature(Compared(right)), 0);
}

std::vector<StackPair> MatchStacks(std::span<const StackGroup> base,
                                   std::span<const StackGroup> run) {
  Matching matching(base, run);
  matching.BySameNames();
  matching.BySite();
  matching.BySimilarity();
  return matching.Finish();
}

void PairMoved(std::span<const StackGroup> base, std::span<const StackGroup> run,
               const std::function<bool(size_t base, size_t run)>& is_same,
               std::vector<StackPair>& pairs) {
  std::vector<size_t> gone;
  std::vector<size_t> added;
  Matching matching(base, run);
  for (const StackPair& pair : pairs) {
    if (pair.run == StackPair::kNone) gone.push_back(pair.base);
    if (pair.base == StackPair::kNone) added.push_back(pair.run);
    if (pair.base != StackPair::kNone && pair.run != StackPair::kNone) {
      matching.Take(pair.base, pair.run, pair.similarity);
    }
  }
  std::vector<Candidate> candidates;
  for (const size_t i : gone) {
    std::vector<size_t> same;
    for (const size_t j : added) {
      if (base[i].kind == run[j].kind &&
          IsOfSize(base[i].object_bytes, run[j].object_bytes, kSameSize) && is_same(i, j) &&
          (base[i].key.leaf == run[j].key.leaf ||
           Similarity(base[i].key, run[j].key) >= kRelated)) {
        same.push_back(j);
      }
    }
    matching.Collect(i, same, 0, candidates);
  }
  matching.TakeBest(candidates);
  pairs = matching.Finish();
}

}  // namespace seep::analysis
