#include "tools/busy_api/preset.h"

#include <map>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/busy_api/json_text.h"

namespace lull {
namespace {

constexpr Preset kPresets[] = {
    {"ok", "answer", R"({})", "an ordinary answer"},

    // Busy.
    {"rate_limit_429", "busy",
     R"({"status":429,"error_message":"Rate limit reached for requests. Please slow down.",
         "error_type":"rate_limit_error","error_code":"rate_limit_exceeded"})",
     "too many requests; add a hint or rate_headers to taste"},
    {"slow_down_503", "busy",
     R"({"status":503,"error_message":"Slow down: please reduce your request rate.",
         "error_type":"server_error","error_code":"slow_down"})",
     "OpenAI after a sudden rise of traffic"},
    {"unavailable_503", "busy",
     R"({"status":503,"error_message":"The server is overloaded, please try again later.",
         "error_type":"server_error","error_code":"service_unavailable"})",
     "overloaded"},
    {"overloaded_529", "busy",
     R"({"status":529,"dialect":"anthropic","error_message":"Overloaded",
         "error_type":"overloaded_error"})",
     "Anthropic's overload"},
    {"flex_498", "busy",
     R"({"status":498,"error_message":"Flex tier capacity exceeded.",
         "error_type":"capacity_exceeded","error_code":"capacity_exceeded"})",
     "no room in a flexible service tier"},
    {"concurrency_429", "busy",
     R"({"status":429,"error_message":
           "Your account has 39 requests in flight, which exceeds your concurrency limit of 39.",
         "error_type":"rate_limit_error","error_code":"concurrency_limit_exceeded"})",
     "DeepSeek's cap on calls in flight, which stands only in this text"},
    {"retry_400", "busy",
     R"({"status":400,"error_message":"Please try again.","error_type":"invalid_request_error",
         "error_code":"try_again","should_retry":"true","hint":"retry_after_ms","hint_s":0.2})",
     "a 400 that x-should-retry turns into a retry"},

    // Transient.
    {"timeout_408", "transient", R"({"status":408,"error_message":"Request timed out."})", ""},
    {"conflict_409", "transient", R"({"status":409,"error_message":"Conflict."})", ""},
    {"error_500", "transient",
     R"({"status":500,"error_message":"The server had an error while processing your request.",
         "error_type":"server_error","slot":"yes"})",
     "fails after the time of an answer"},
    {"bad_gateway_502", "transient",
     R"({"status":502,"content_type":"text/html",
         "body":"<html><head><title>502 Bad Gateway</title></head></html>"})",
     "a gateway's page of HTML"},
    {"gateway_timeout_504", "transient",
     R"({"status":504,"content_type":"text/html",
         "body":"<html><head><title>504 Gateway Time-out</title></head></html>"})",
     ""},
    {"timeout_524", "transient",
     R"({"status":524,"content_type":"text/plain","body":"error code: 524","slot":"yes",
         "billed":"yes"})",
     "Cloudflare gave up waiting; the work may have been done"},
    {"close_after_read", "transient", R"({"status":0,"end":"close","slot":"yes","billed":"yes"})",
     "reads the request, does the work, closes without a byte"},
    {"reset_after_read", "transient", R"({"status":0,"end":"reset","head_wait_s":0})",
     "reads the request and resets the connection at once"},
    {"never", "transient", R"({"never":true,"slot":"yes","billed":"yes"})",
     "reads the request and never answers"},
    {"cut_stream", "transient", R"({"cut_after_chunks":3,"end":"close"})",
     "a stream is closed in the middle (a whole answer after 100 bytes)"},
    {"cut_stream_reset", "transient", R"({"cut_after_chunks":3,"end":"reset"})",
     "a stream is reset in the middle"},
    {"cut_body", "transient", R"({"cut_after_bytes":100,"end":"close"})",
     "the body stops after 100 bytes although more was promised"},
    {"short_body", "transient", R"({"content_length_extra":50,"end":"close"})",
     "Content-Length promises 50 bytes more than come"},
    {"error_in_body", "transient",
     R"({"dialect":"openrouter","error_message":"Upstream error: provider returned error",
         "error_code":"502"})",
     "200 with an error object for a body (OpenRouter); in a stream, for the only event"},
    {"error_in_stream", "transient",
     R"({"dialect":"openrouter","error_message":"Upstream error: stream interrupted",
         "error_code":"502","error_after_chunks":2,"billed":"yes"})",
     "a stream turns into an error after some content"},
    {"missing_finish", "transient", R"({"omit_finish":true})",
     "ends in order, with [DONE], but without a finish_reason"},
    {"missing_finish_and_done", "transient", R"({"omit_finish":true,"omit_done":true})",
     "a stream that just ends"},
    {"finish_null", "transient", R"({"finish_reason":"null"})", "finish_reason is null"},
    {"finish_unknown", "transient", R"({"finish_reason":"sunspots"})", "never heard of"},
    {"insufficient_system_resource", "transient",
     R"({"finish_reason":"insufficient_system_resource","output_tokens":20})",
     "DeepSeek interrupted the answer"},
    {"not_json", "transient", R"({"body":"<html>welcome</html>","content_type":"text/html"})",
     "200 with a page of HTML"},
    {"empty_200", "transient", R"({"body":"","cut_after_bytes":0,"billed":"yes"})",
     "200 with nothing in it"},

    // Permanent.
    {"bad_request_400", "permanent",
     R"({"status":400,"error_message":"Invalid value for 'temperature'.",
         "error_type":"invalid_request_error","error_code":"invalid_value"})",
     ""},
    {"too_large_413", "permanent",
     R"({"status":413,"error_message":"Request too large.",
         "error_type":"invalid_request_error","error_code":"request_too_large"})",
     ""},
    {"unprocessable_422", "permanent",
     R"({"status":422,"error_message":"Failed to deserialize the JSON body into the target type.",
         "error_type":"invalid_request_error"})",
     ""},
    {"no_retry_429", "permanent",
     R"({"status":429,"error_message":"Request too large for this tier.",
         "error_type":"tokens","error_code":"rate_limit_exceeded","should_retry":"false"})",
     "a 429 that x-should-retry says not to retry"},

    // The request is too long.
    {"context_length", "context",
     R"({"status":400,"error_message":"This model's maximum context length is 8192 tokens. However, )"
     R"(your messages resulted in 9001 tokens.","error_type":"invalid_request_error",
         "error_code":"context_length_exceeded"})",
     "OpenAI, with a code"},
    {"context_length_text", "context",
     R"({"status":400,"dialect":"deepseek","error_message":"This model's maximum context length is )"
     R"(65536 tokens. However, you requested 70000 tokens (66000 in the messages, 4000 in the completion).",
         "error_type":"invalid_request_error","error_code":"invalid_request_error"})",
     "DeepSeek, only in the text"},

    // The operator's problem.
    {"bad_key_401", "operator",
     R"({"status":401,"error_message":"Incorrect API key provided.","echo_key":true,
         "error_type":"invalid_request_error","error_code":"invalid_api_key"})",
     "quotes the key"},
    {"no_balance_402", "operator",
     R"({"status":402,"dialect":"deepseek","error_message":"Insufficient Balance",
         "error_type":"unknown_error","error_code":"invalid_request_error"})",
     "DeepSeek's account is empty"},
    {"forbidden_403", "operator",
     R"({"status":403,"error_message":"Country, region, or territory not supported",
         "error_type":"request_forbidden","error_code":"unsupported_country_region_territory"})",
     ""},
    {"no_model_404", "operator",
     R"({"status":404,"error_message":"The model does not exist or you do not have access to it.",
         "error_type":"invalid_request_error","error_code":"model_not_found"})",
     ""},
    {"insufficient_quota_429", "operator",
     R"({"status":429,"error_message":"You exceeded your current quota, please check your plan and )"
     R"(billing details.","error_type":"insufficient_quota","error_code":"insufficient_quota"})",
     "OpenAI's 429 that no waiting heals"},
    {"credit_balance_429", "operator",
     R"({"status":429,"error_message":"Your credit balance is exhausted.",
         "error_type":"billing_error","error_code":"credit_balance_exhausted"})",
     ""},
    {"spend_limit_429", "operator",
     R"({"status":429,"error_message":"The monthly spend limit of this project is reached.",
         "error_type":"billing_error","error_code":"project_spend_limit_reached"})",
     ""},
    {"usage_limit_429", "operator",
     R"({"status":429,"error_message":"The usage limit of this organization is exceeded.",
         "error_type":"billing_error","error_code":"organization_usage_limit_exceeded"})",
     ""},

    // Tomorrow.
    {"daily_quota_429", "daily",
     R"({"status":429,"dialect":"google","error_message":"You exceeded your current quota. Quota )"
     R"(exceeded for metric: generate_content_free_tier_requests, limit: 250, per day.",
         "error_code":"GenerateRequestsPerDayPerProjectPerModel-FreeTier",
         "hint":"google_retry_info","hint_s":45.8})",
     "Gemini's quota of a day, with a hint that is far too short"},

    // Answers, flagged or slow.
    {"finish_length", "answer", R"({"finish_reason":"length"})", ""},
    {"finish_tool_calls", "answer", R"({"finish_reason":"tool_calls"})",
     "the answer is a tool call"},
    {"finish_function_call", "answer", R"({"finish_reason":"function_call"})",
     "the older form of it"},
    {"finish_content_filter", "answer", R"({"finish_reason":"content_filter"})", ""},
    {"queue_10s", "answer", R"({"queue_s":10,"keep_alive_s":0.5})",
     "200 at once, then ten seconds of empty lines or comments, then the answer"},
    {"queue_for_ever", "transient", R"({"queue_s":1e9,"keep_alive_s":0.2,"billed":"no"})",
     "the same, but the answer never comes"},
    {"slow_first_content", "answer", R"({"head_wait_s":0,"first_content_s":10})",
     "the head at once, the first content after ten seconds"},
    {"stall", "answer", R"({"stall_after_chunks":2,"stall_s":10})",
     "a stream pauses for ten seconds in the middle"},
    {"stall_for_ever", "transient", R"({"stall_after_chunks":2,"stall_s":1e9})",
     "a stream stops without ending"},
    {"drip", "answer", R"({"drip_bytes":1,"drip_wait_s":0.01})", "one byte at a time"},
    {"usage_openai", "answer",
     R"({"dialect":"openai","cached_tokens":5,"reasoning_tokens":7,"output_tokens":20})",
     "cached tokens and tokens of reasoning as OpenAI counts them"},
    {"usage_deepseek", "answer",
     R"({"dialect":"deepseek","cached_tokens":5,"reasoning_tokens":7,"output_tokens":20})",
     "and as DeepSeek does: hits and misses of the cache"},
    {"half_emoji", "answer", R"({"half_emoji":true})", "text that was cut inside an emoji"},
    {"no_usage", "answer", R"({"omit_usage":true})", "no usage although asked for"},

    // Hostile.
    {"gzip_bomb", "hostile", R"({"hostile":"gzip_bomb"})",
     "a valid answer of 1 GiB in a megabyte of gzip"},
    {"huge_body", "hostile", R"({"hostile":"huge_body"})", "a valid answer of 1 GiB"},
    {"huge_line", "hostile", R"({"hostile":"huge_line"})", "one event of 1 GiB"},
    {"huge_header", "hostile", R"({"hostile":"huge_header","hostile_bytes":10000000})",
     "one header field of 10 MB"},
    {"many_headers", "hostile", R"({"hostile":"many_headers","hostile_bytes":10000000})",
     "10 MB of header fields"},
    {"deep_json", "hostile", R"({"hostile":"deep_json","hostile_bytes":1000000})",
     "a million arrays in each other"},
    {"dense_json", "hostile", R"({"hostile":"dense_json","hostile_bytes":16500000})",
     "eight million numbers of one digit"},
    {"many_choices", "hostile", R"({"hostile":"many_choices","hostile_bytes":1000000})",
     "a million choices, each with an index"},
    {"many_tool_calls", "hostile", R"({"hostile":"many_tool_calls","hostile_bytes":1000000})",
     "the same with tool calls of one choice"},
    {"redirect", "hostile",
     R"({"status":302,"location":"http://169.254.169.254/latest/meta-data/"})",
     "a redirect to a link-local address"},
    {"echo_key", "hostile",
     R"({"status":400,"error_message":"Malformed request.","echo_key":true})",
     "an error text with the API key in it"},
};

std::map<std::string, Behaviour, std::less<>> ParsePresets() {
  std::map<std::string, Behaviour, std::less<>> parsed;
  for (const Preset& preset : kPresets) {
    absl::StatusOr<Behaviour> behaviour = ParseBehaviour(preset.script);
    // A table test parses each of them; a broken one is simply not there.
    if (!behaviour.ok()) continue;
    behaviour->name = std::string(preset.name);
    parsed.emplace(std::string(preset.name), *std::move(behaviour));
  }
  return parsed;
}

}  // namespace

absl::Span<const Preset> Presets() { return kPresets; }

absl::StatusOr<Behaviour> FindPreset(absl::string_view name) {
  static const auto& parsed = *new std::map<std::string, Behaviour, std::less<>>(ParsePresets());
  const auto found = parsed.find(std::string(name));
  if (found != parsed.end()) return found->second;
  return absl::InvalidArgumentError(
      absl::StrCat("there is no preset \"", name, "\"; there are ",
                   absl::StrJoin(kPresets, ", ", [](std::string* out, const Preset& known) {
                     absl::StrAppend(out, known.name);
                   })));
}

std::string PresetsJson() {
  return absl::StrCat("[",
                      absl::StrJoin(kPresets, ",\n",
                                    [](std::string* out, const Preset& preset) {
                                      absl::StrAppend(out, "{\"name\":", JsonString(preset.name),
                                                      ",\"meaning\":", JsonString(preset.meaning),
                                                      ",\"help\":", JsonString(preset.help),
                                                      ",\"script\":", JsonString(preset.script),
                                                      "}");
                                    }),
                      "]\n");
}

}  // namespace lull
