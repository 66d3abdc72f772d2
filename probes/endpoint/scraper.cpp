// SPDX-License-Identifier: Apache-2.0
#include "probes/endpoint/scraper.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <utility>

namespace seep::endpoint {
namespace {

using Kind = ScrapeFailure::Kind;

// What a Prometheus asks for, without the formats that are no text.
constexpr char kAccept[] =
    "Accept: application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.8,*/*;q=0.1";
constexpr uint64_t kMostErrorBody_bytes = 64 << 10;
constexpr long kOk = 200;

std::string StatusText(long status) {
  const bool is_redirection = status >= 300 && status < 400;
  std::string text = "answers " + std::to_string(status);
  if (status == 401 || status == 403) text += ": the token is missing or wrong (token_file)";
  if (is_redirection) text += ", a redirection; name the address that it leads to";
  return text;
}

}  // namespace

struct Scraper::Transfer {
  ~Transfer() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
  }

  static size_t TakeBody(char* bytes, size_t unit, size_t units, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    const size_t length = unit * units;
    long status = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    transfer.bytes += length;
    const uint64_t most = status == kOk ? transfer.request.most_bytes : kMostErrorBody_bytes;
    if (transfer.bytes > most) return 0;  // CURLE_WRITE_ERROR
    if (status == kOk) transfer.request.take({bytes, length});
    return length;
  }

  uint64_t id = 0;
  ScrapeRequest request;
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  uint64_t bytes = 0;
  std::array<char, CURL_ERROR_SIZE> error{};
};

model::Result<std::unique_ptr<Scraper>> Scraper::Make() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  std::unique_ptr<Scraper> scraper(new Scraper);
  if (scraper->multi_ == nullptr) {
    return model::Fail(model::Errc::kIo, "libcurl cannot be set up: endpoints cannot be asked");
  }
  return scraper;
}

Scraper::Scraper() : multi_(curl_multi_init()) {}

Scraper::~Scraper() {
  for (auto& [id, transfer] : transfers_) curl_multi_remove_handle(multi_, transfer->easy);
  transfers_.clear();
  if (multi_ != nullptr) curl_multi_cleanup(multi_);
}

size_t Scraper::under_way() const {
  return transfers_.size();
}

bool Scraper::Begin(uint64_t id, ScrapeRequest request) {
  auto transfer = std::make_unique<Transfer>();
  transfer->id = id;
  transfer->request = std::move(request);
  CURL* easy = curl_easy_init();
  if (easy == nullptr) return false;
  transfer->easy = easy;
  const ScrapeRequest& asked = transfer->request;
  transfer->headers = curl_slist_append(nullptr, kAccept);
  if (!asked.token.empty()) {
    const std::string header = "Authorization: Bearer " + asked.token;
    transfer->headers = curl_slist_append(transfer->headers, header.c_str());
  }
  const auto timeout_ms = static_cast<long>(std::lround(asked.timeout_s * 1000));
  curl_easy_setopt(easy, CURLOPT_URL, asked.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "seep");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::TakeBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer.get());
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error.data());
  curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer.get());
  if (curl_multi_add_handle(multi_, easy) != CURLM_OK) return false;
  transfers_[id] = std::move(transfer);
  return true;
}

void Scraper::Cancel(uint64_t id) {
  const auto found = transfers_.find(id);
  if (found == transfers_.end()) return;
  curl_multi_remove_handle(multi_, found->second->easy);
  transfers_.erase(found);
}

void Scraper::Wake() {
  curl_multi_wakeup(multi_);
}

std::vector<ScrapeAnswer> Scraper::Wait(double seconds) {
  int running = 0;
  curl_multi_perform(multi_, &running);
  auto answers = Collect();
  if (!answers.empty()) return answers;
  const int wait_ms = std::max(0, static_cast<int>(std::ceil(seconds * 1000)));
  curl_multi_poll(multi_, nullptr, 0, wait_ms, nullptr);
  curl_multi_perform(multi_, &running);
  return Collect();
}

std::vector<ScrapeAnswer> Scraper::Collect() {
  std::vector<ScrapeAnswer> answers;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode result = message->data.result;
    CURL* easy = message->easy_handle;
    Transfer* transfer = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    long status = 0;
    long os_errno = 0;
    double took_s = 0;
    curl_off_t retry_after_s = 0;
    const char* type = nullptr;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_errno);
    curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME, &took_s);
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    ScrapeAnswer answer{.id = transfer->id, .took_s = took_s};
    answer.is_open_metrics =
        type != nullptr && std::string_view(type).starts_with("application/openmetrics-text");
    ScrapeFailure failure{.status = static_cast<int>(status),
                          .os_errno = static_cast<int>(os_errno)};
    if (retry_after_s > 0) failure.retry_after_s = static_cast<double>(retry_after_s);
    const bool is_refused = result == CURLE_OK || result == CURLE_WRITE_ERROR;
    if (is_refused && status != kOk) {
      failure.kind = Kind::kStatus;
      failure.message = StatusText(status);
      answer.failure = std::move(failure);
    } else if (result == CURLE_WRITE_ERROR) {
      failure.kind = Kind::kTooLarge;
      failure.message = "tells more than " + std::to_string(transfer->request.most_bytes >> 20) +
                        " MiB; name an endpoint with fewer metrics";
      answer.failure = std::move(failure);
    } else if (result != CURLE_OK) {
      failure.kind = result == CURLE_OPERATION_TIMEDOUT ? Kind::kTimeout : Kind::kNetwork;
      failure.message =
          transfer->error[0] != '\0' ? transfer->error.data() : curl_easy_strerror(result);
      answer.failure = std::move(failure);
    }
    answers.push_back(std::move(answer));
    Cancel(transfer->id);
  }
  return answers;
}

}  // namespace seep::endpoint
