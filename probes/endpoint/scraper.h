// SPDX-License-Identifier: Apache-2.0
// Asks any number of endpoints at once, on one thread (libcurl's multi interface): one that is slow
// holds up none of the others, nor does one that is dead. http and https only, no redirection is
// followed, no proxy is asked, certificates are checked.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/error.h"

namespace seep::endpoint {

inline constexpr uint64_t kMostScrape_bytes = uint64_t{16} << 20;

struct ScrapeRequest {
  std::string url;
  std::string token{};   // "Authorization: Bearer ..."; empty: none is shown
  double timeout_s = 5;  // until the whole answer is there
  uint64_t most_bytes = kMostScrape_bytes;
  // Its body, in pieces as they come; not of an answer that is no success.
  std::function<void(std::string_view)> take{};
};

struct ScrapeFailure {
  enum class Kind {
    kNetwork,  // no answer: os_errno may say why
    kTimeout,
    kStatus,  // an answer that is no 200
    kTooLarge,
  };
  Kind kind = Kind::kNetwork;
  int status = 0;                         // of HTTP
  int os_errno = 0;                       // 0: not known
  std::optional<double> retry_after_s{};  // what it asks for
  std::string message{};                  // without the address
};

struct ScrapeAnswer {
  uint64_t id = 0;
  double took_s = 0;
  bool is_open_metrics = false;            // by its Content-Type
  std::optional<ScrapeFailure> failure{};  // none: the body is whole
};

// One thread, but for Wake.
class Scraper {
 public:
  // kIo: libcurl cannot be set up.
  static model::Result<std::unique_ptr<Scraper>> Make();
  Scraper(const Scraper&) = delete;
  Scraper& operator=(const Scraper&) = delete;
  ~Scraper();

  // `id` is not under way. False: there is no memory for it, and no answer comes.
  bool Begin(uint64_t id, ScrapeRequest request);
  // Not answered any more.
  void Cancel(uint64_t id);
  size_t under_way() const;

  // Works on what is under way until something is answered, Wake is called, or the time is over.
  std::vector<ScrapeAnswer> Wait(double seconds);
  void Wake();  // any thread

 private:
  struct Transfer;
  Scraper();
  std::vector<ScrapeAnswer> Collect();

  void* multi_ = nullptr;  // CURLM
  std::map<uint64_t, std::unique_ptr<Transfer>> transfers_;
};

}  // namespace seep::endpoint
