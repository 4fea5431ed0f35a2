// The calls of the API that the commands make, each with its messages.
#ifndef LULL_TOOLS_LULL_RPC_H_
#define LULL_TOOLS_LULL_RPC_H_

#include "google/protobuf/empty.pb.h"
#include "proto/admin_service.pb.h"
#include "proto/job_service.pb.h"

namespace lull {

// A call with one reply.
template <typename RequestType, typename ReplyType>
struct Rpc {
  using Request = RequestType;
  using Reply = ReplyType;
  // "/PACKAGE.SERVICE/METHOD"
  const char* path;
};

// A call with a stream of replies.
template <typename RequestType, typename ReplyType>
struct StreamRpc {
  using Request = RequestType;
  using Reply = ReplyType;
  const char* path;
};

inline constexpr Rpc<v1::CreateJobRequest, v1::Job> kCreateJob{"/lull.v1.JobService/CreateJob"};
inline constexpr Rpc<v1::BatchCreateJobsRequest, v1::BatchCreateJobsResponse> kBatchCreateJobs{
    "/lull.v1.JobService/BatchCreateJobs"};
inline constexpr Rpc<v1::GetJobRequest, v1::Job> kGetJob{"/lull.v1.JobService/GetJob"};
inline constexpr Rpc<v1::BatchGetJobsRequest, v1::BatchGetJobsResponse> kBatchGetJobs{
    "/lull.v1.JobService/BatchGetJobs"};
inline constexpr Rpc<v1::ListJobsRequest, v1::ListJobsResponse> kListJobs{
    "/lull.v1.JobService/ListJobs"};
inline constexpr Rpc<v1::WaitJobRequest, v1::Job> kWaitJob{"/lull.v1.JobService/WaitJob"};
inline constexpr StreamRpc<v1::WatchJobsRequest, v1::WatchJobsResponse> kWatchJobs{
    "/lull.v1.JobService/WatchJobs"};
inline constexpr Rpc<v1::CancelJobRequest, v1::Job> kCancelJob{"/lull.v1.JobService/CancelJob"};
inline constexpr Rpc<v1::CancelJobsRequest, v1::CancelJobsResponse> kCancelJobs{
    "/lull.v1.JobService/CancelJobs"};
inline constexpr Rpc<v1::RetryJobRequest, v1::Job> kRetryJob{"/lull.v1.JobService/RetryJob"};
inline constexpr Rpc<v1::RetryJobsRequest, v1::RetryJobsResponse> kRetryJobs{
    "/lull.v1.JobService/RetryJobs"};
inline constexpr Rpc<v1::UpdateJobRequest, v1::Job> kUpdateJob{"/lull.v1.JobService/UpdateJob"};
inline constexpr Rpc<v1::DeleteJobRequest, google::protobuf::Empty> kDeleteJob{
    "/lull.v1.JobService/DeleteJob"};
inline constexpr Rpc<v1::PurgeJobsRequest, v1::PurgeJobsResponse> kPurgeJobs{
    "/lull.v1.JobService/PurgeJobs"};

inline constexpr Rpc<v1::GetOverviewRequest, v1::Overview> kGetOverview{
    "/lull.v1.AdminService/GetOverview"};
inline constexpr Rpc<v1::PauseClassRequest, v1::ClassStatus> kPauseClass{
    "/lull.v1.AdminService/PauseClass"};
inline constexpr Rpc<v1::ResumeClassRequest, v1::ClassStatus> kResumeClass{
    "/lull.v1.AdminService/ResumeClass"};
inline constexpr Rpc<v1::GetUsageRequest, v1::GetUsageResponse> kGetUsage{
    "/lull.v1.AdminService/GetUsage"};
inline constexpr Rpc<v1::ListWorkersRequest, v1::ListWorkersResponse> kListWorkers{
    "/lull.v1.AdminService/ListWorkers"};
inline constexpr Rpc<v1::DrainWorkerRequest, v1::WorkerStatus> kDrainWorker{
    "/lull.v1.AdminService/DrainWorker"};
inline constexpr StreamRpc<v1::BackupRequest, v1::BackupProgress> kBackup{
    "/lull.v1.AdminService/Backup"};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_RPC_H_
