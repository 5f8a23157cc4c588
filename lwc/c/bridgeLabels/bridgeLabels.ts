// Made by `npm run build:lwc`; do not edit.
import About from '@salesforce/label/c.BridgePage_About';
import Ago from '@salesforce/label/c.BridgePage_Ago';
import All from '@salesforce/label/c.BridgePage_All';
import AnswerNone from '@salesforce/label/c.BridgePage_AnswerNone';
import AnswerStatus from '@salesforce/label/c.BridgePage_AnswerStatus';
import AnsweredIn from '@salesforce/label/c.BridgePage_AnsweredIn';
import ApiReference from '@salesforce/label/c.BridgePage_ApiReference';
import ApiUsage from '@salesforce/label/c.BridgePage_ApiUsage';
import AppName from '@salesforce/label/c.BridgePage_AppName';
import AttentionMany from '@salesforce/label/c.BridgePage_AttentionMany';
import AttentionOf from '@salesforce/label/c.BridgePage_AttentionOf';
import AttentionOne from '@salesforce/label/c.BridgePage_AttentionOne';
import BasicRaw from '@salesforce/label/c.BridgePage_BasicRaw';
import BasicRfc from '@salesforce/label/c.BridgePage_BasicRfc';
import BridgeAway from '@salesforce/label/c.BridgePage_BridgeAway';
import BridgeBack from '@salesforce/label/c.BridgePage_BridgeBack';
import BridgeKey from '@salesforce/label/c.BridgePage_BridgeKey';
import BrowserAwayDetail from '@salesforce/label/c.BridgePage_BrowserAwayDetail';
import BrowserAwayRemedy from '@salesforce/label/c.BridgePage_BrowserAwayRemedy';
import BrowserAwayTitle from '@salesforce/label/c.BridgePage_BrowserAwayTitle';
import BrowserLateDetail from '@salesforce/label/c.BridgePage_BrowserLateDetail';
import BrowserLateRemedy from '@salesforce/label/c.BridgePage_BrowserLateRemedy';
import BrowserLateTitle from '@salesforce/label/c.BridgePage_BrowserLateTitle';
import ByHand from '@salesforce/label/c.BridgePage_ByHand';
import Cancel from '@salesforce/label/c.BridgePage_Cancel';
import CancelDetail from '@salesforce/label/c.BridgePage_CancelDetail';
import CancelRun from '@salesforce/label/c.BridgePage_CancelRun';
import CancelTitle from '@salesforce/label/c.BridgePage_CancelTitle';
import CheckCampaign from '@salesforce/label/c.BridgePage_CheckCampaign';
import CheckClock from '@salesforce/label/c.BridgePage_CheckClock';
import CheckContactList from '@salesforce/label/c.BridgePage_CheckContactList';
import CheckFailed from '@salesforce/label/c.BridgePage_CheckFailed';
import CheckFields from '@salesforce/label/c.BridgePage_CheckFields';
import CheckMapping from '@salesforce/label/c.BridgePage_CheckMapping';
import CheckMemberStatuses from '@salesforce/label/c.BridgePage_CheckMemberStatuses';
import CheckName from '@salesforce/label/c.BridgePage_CheckName';
import CheckNotRun from '@salesforce/label/c.BridgePage_CheckNotRun';
import CheckNow from '@salesforce/label/c.BridgePage_CheckNow';
import CheckOk from '@salesforce/label/c.BridgePage_CheckOk';
import CheckPermissions from '@salesforce/label/c.BridgePage_CheckPermissions';
import CheckRateRoom from '@salesforce/label/c.BridgePage_CheckRateRoom';
import CheckResultFields from '@salesforce/label/c.BridgePage_CheckResultFields';
import CheckResults from '@salesforce/label/c.BridgePage_CheckResults';
import CheckSignIn from '@salesforce/label/c.BridgePage_CheckSignIn';
import CheckTls from '@salesforce/label/c.BridgePage_CheckTls';
import CheckWarning from '@salesforce/label/c.BridgePage_CheckWarning';
import CheckWrapUps from '@salesforce/label/c.BridgePage_CheckWrapUps';
import Checked from '@salesforce/label/c.BridgePage_Checked';
import CheckedNow from '@salesforce/label/c.BridgePage_CheckedNow';
import Checks from '@salesforce/label/c.BridgePage_Checks';
import Clear from '@salesforce/label/c.BridgePage_Clear';
import ClearFilters from '@salesforce/label/c.BridgePage_ClearFilters';
import Code from '@salesforce/label/c.BridgePage_Code';
import ColumnCaller from '@salesforce/label/c.BridgePage_ColumnCaller';
import ColumnColumn from '@salesforce/label/c.BridgePage_ColumnColumn';
import ColumnConnection from '@salesforce/label/c.BridgePage_ColumnConnection';
import ColumnCount from '@salesforce/label/c.BridgePage_ColumnCount';
import ColumnExitPath from '@salesforce/label/c.BridgePage_ColumnExitPath';
import ColumnFailed from '@salesforce/label/c.BridgePage_ColumnFailed';
import ColumnField from '@salesforce/label/c.BridgePage_ColumnField';
import ColumnFix from '@salesforce/label/c.BridgePage_ColumnFix';
import ColumnMember from '@salesforce/label/c.BridgePage_ColumnMember';
import ColumnMemberStatus from '@salesforce/label/c.BridgePage_ColumnMemberStatus';
import ColumnOriginal from '@salesforce/label/c.BridgePage_ColumnOriginal';
import ColumnOutcome from '@salesforce/label/c.BridgePage_ColumnOutcome';
import ColumnProcessed from '@salesforce/label/c.BridgePage_ColumnProcessed';
import ColumnReason from '@salesforce/label/c.BridgePage_ColumnReason';
import ColumnReference from '@salesforce/label/c.BridgePage_ColumnReference';
import ColumnResult from '@salesforce/label/c.BridgePage_ColumnResult';
import ColumnShare from '@salesforce/label/c.BridgePage_ColumnShare';
import ColumnStarted from '@salesforce/label/c.BridgePage_ColumnStarted';
import ColumnStatus from '@salesforce/label/c.BridgePage_ColumnStatus';
import ColumnSummary from '@salesforce/label/c.BridgePage_ColumnSummary';
import ColumnSync from '@salesforce/label/c.BridgePage_ColumnSync';
import ColumnTime from '@salesforce/label/c.BridgePage_ColumnTime';
import ColumnTook from '@salesforce/label/c.BridgePage_ColumnTook';
import ColumnType from '@salesforce/label/c.BridgePage_ColumnType';
import ColumnWhat from '@salesforce/label/c.BridgePage_ColumnWhat';
import ColumnWrapUp from '@salesforce/label/c.BridgePage_ColumnWrapUp';
import ConnectionRemoved from '@salesforce/label/c.BridgePage_ConnectionRemoved';
import ConnectionReset from '@salesforce/label/c.BridgePage_ConnectionReset';
import ConnectionSaved from '@salesforce/label/c.BridgePage_ConnectionSaved';
import Copied from '@salesforce/label/c.BridgePage_Copied';
import CopyForSupport from '@salesforce/label/c.BridgePage_CopyForSupport';
import CopyRefused from '@salesforce/label/c.BridgePage_CopyRefused';
import CountAdded from '@salesforce/label/c.BridgePage_CountAdded';
import CountChanged from '@salesforce/label/c.BridgePage_CountChanged';
import CountFailed from '@salesforce/label/c.BridgePage_CountFailed';
import CountInvalid from '@salesforce/label/c.BridgePage_CountInvalid';
import CountMembersRead from '@salesforce/label/c.BridgePage_CountMembersRead';
import CountMembersUpdated from '@salesforce/label/c.BridgePage_CountMembersUpdated';
import CountRemoved from '@salesforce/label/c.BridgePage_CountRemoved';
import CountResultsRead from '@salesforce/label/c.BridgePage_CountResultsRead';
import CountSkipped from '@salesforce/label/c.BridgePage_CountSkipped';
import CountUnchanged from '@salesforce/label/c.BridgePage_CountUnchanged';
import Counting from '@salesforce/label/c.BridgePage_Counting';
import Days from '@salesforce/label/c.BridgePage_Days';
import DryRun from '@salesforce/label/c.BridgePage_DryRun';
import DryRunOf from '@salesforce/label/c.BridgePage_DryRunOf';
import DryRunStarted from '@salesforce/label/c.BridgePage_DryRunStarted';
import Edit from '@salesforce/label/c.BridgePage_Edit';
import EditConnection from '@salesforce/label/c.BridgePage_EditConnection';
import ErrorRemedy from '@salesforce/label/c.BridgePage_ErrorRemedy';
import ErrorTitle from '@salesforce/label/c.BridgePage_ErrorTitle';
import ErrorUnknown from '@salesforce/label/c.BridgePage_ErrorUnknown';
import ExitConnectionFailure from '@salesforce/label/c.BridgePage_ExitConnectionFailure';
import ExitFailure from '@salesforce/label/c.BridgePage_ExitFailure';
import ExitPathsTitle from '@salesforce/label/c.BridgePage_ExitPathsTitle';
import ExitSuccess from '@salesforce/label/c.BridgePage_ExitSuccess';
import ExitTimeout from '@salesforce/label/c.BridgePage_ExitTimeout';
import ExitUnknownHost from '@salesforce/label/c.BridgePage_ExitUnknownHost';
import Explain from '@salesforce/label/c.BridgePage_Explain';
import ExplainIntro from '@salesforce/label/c.BridgePage_ExplainIntro';
import ExplainLabel from '@salesforce/label/c.BridgePage_ExplainLabel';
import ExplainTitle from '@salesforce/label/c.BridgePage_ExplainTitle';
import ExportCsv from '@salesforce/label/c.BridgePage_ExportCsv';
import Exported from '@salesforce/label/c.BridgePage_Exported';
import ExportedOne from '@salesforce/label/c.BridgePage_ExportedOne';
import FactChanged from '@salesforce/label/c.BridgePage_FactChanged';
import FactFresh from '@salesforce/label/c.BridgePage_FactFresh';
import FactInstance from '@salesforce/label/c.BridgePage_FactInstance';
import FactLastRun from '@salesforce/label/c.BridgePage_FactLastRun';
import FactLastUsed from '@salesforce/label/c.BridgePage_FactLastUsed';
import FactLife from '@salesforce/label/c.BridgePage_FactLife';
import FactNextRun from '@salesforce/label/c.BridgePage_FactNextRun';
import FactSecrets from '@salesforce/label/c.BridgePage_FactSecrets';
import FactSignIn from '@salesforce/label/c.BridgePage_FactSignIn';
import FactToken from '@salesforce/label/c.BridgePage_FactToken';
import FactTokenType from '@salesforce/label/c.BridgePage_FactTokenType';
import FactUsesToday from '@salesforce/label/c.BridgePage_FactUsesToday';
import FieldAllowHandout from '@salesforce/label/c.BridgePage_FieldAllowHandout';
import FieldApiUrl from '@salesforce/label/c.BridgePage_FieldApiUrl';
import FieldAudience from '@salesforce/label/c.BridgePage_FieldAudience';
import FieldBasicEncoding from '@salesforce/label/c.BridgePage_FieldBasicEncoding';
import FieldCampaign from '@salesforce/label/c.BridgePage_FieldCampaign';
import FieldClientCertificate from '@salesforce/label/c.BridgePage_FieldClientCertificate';
import FieldClientId from '@salesforce/label/c.BridgePage_FieldClientId';
import FieldClientSecret from '@salesforce/label/c.BridgePage_FieldClientSecret';
import FieldColumns from '@salesforce/label/c.BridgePage_FieldColumns';
import FieldContactList from '@salesforce/label/c.BridgePage_FieldContactList';
import FieldContactListId from '@salesforce/label/c.BridgePage_FieldContactListId';
import FieldContactListName from '@salesforce/label/c.BridgePage_FieldContactListName';
import FieldContentType from '@salesforce/label/c.BridgePage_FieldContentType';
import FieldCredentialsInBody from '@salesforce/label/c.BridgePage_FieldCredentialsInBody';
import FieldDefaultCountry from '@salesforce/label/c.BridgePage_FieldDefaultCountry';
import FieldExcludeDoNotCall from '@salesforce/label/c.BridgePage_FieldExcludeDoNotCall';
import FieldGrantType from '@salesforce/label/c.BridgePage_FieldGrantType';
import FieldIgnoreAuthority from '@salesforce/label/c.BridgePage_FieldIgnoreAuthority';
import FieldIgnoreDate from '@salesforce/label/c.BridgePage_FieldIgnoreDate';
import FieldIgnoreName from '@salesforce/label/c.BridgePage_FieldIgnoreName';
import FieldIgnoreUsage from '@salesforce/label/c.BridgePage_FieldIgnoreUsage';
import FieldKeepBlankValues from '@salesforce/label/c.BridgePage_FieldKeepBlankValues';
import FieldLastAttempt from '@salesforce/label/c.BridgePage_FieldLastAttempt';
import FieldLastResult from '@salesforce/label/c.BridgePage_FieldLastResult';
import FieldMemberStatuses from '@salesforce/label/c.BridgePage_FieldMemberStatuses';
import FieldName from '@salesforce/label/c.BridgePage_FieldName';
import FieldPassword from '@salesforce/label/c.BridgePage_FieldPassword';
import FieldPhones from '@salesforce/label/c.BridgePage_FieldPhones';
import FieldPrivateKey from '@salesforce/label/c.BridgePage_FieldPrivateKey';
import FieldProvider from '@salesforce/label/c.BridgePage_FieldProvider';
import FieldProxyUri from '@salesforce/label/c.BridgePage_FieldProxyUri';
import FieldPureCloudConnection from '@salesforce/label/c.BridgePage_FieldPureCloudConnection';
import FieldRegion from '@salesforce/label/c.BridgePage_FieldRegion';
import FieldRequestsPerMinute from '@salesforce/label/c.BridgePage_FieldRequestsPerMinute';
import FieldResults from '@salesforce/label/c.BridgePage_FieldResults';
import FieldSalesforceConnection from '@salesforce/label/c.BridgePage_FieldSalesforceConnection';
import FieldSchedule from '@salesforce/label/c.BridgePage_FieldSchedule';
import FieldScope from '@salesforce/label/c.BridgePage_FieldScope';
import FieldSecurityToken from '@salesforce/label/c.BridgePage_FieldSecurityToken';
import FieldSubject from '@salesforce/label/c.BridgePage_FieldSubject';
import FieldTimeZone from '@salesforce/label/c.BridgePage_FieldTimeZone';
import FieldTimeout from '@salesforce/label/c.BridgePage_FieldTimeout';
import FieldTokenLifetime from '@salesforce/label/c.BridgePage_FieldTokenLifetime';
import FieldUrl from '@salesforce/label/c.BridgePage_FieldUrl';
import FieldUsername from '@salesforce/label/c.BridgePage_FieldUsername';
import FilterByName from '@salesforce/label/c.BridgePage_FilterByName';
import FindingsCount from '@salesforce/label/c.BridgePage_FindingsCount';
import ForbiddenDetail from '@salesforce/label/c.BridgePage_ForbiddenDetail';
import ForbiddenTitle from '@salesforce/label/c.BridgePage_ForbiddenTitle';
import GoThere from '@salesforce/label/c.BridgePage_GoThere';
import GrantClientCredentials from '@salesforce/label/c.BridgePage_GrantClientCredentials';
import GrantJwt from '@salesforce/label/c.BridgePage_GrantJwt';
import GrantPassword from '@salesforce/label/c.BridgePage_GrantPassword';
import GroupCertificates from '@salesforce/label/c.BridgePage_GroupCertificates';
import GroupEnds from '@salesforce/label/c.BridgePage_GroupEnds';
import GroupNetwork from '@salesforce/label/c.BridgePage_GroupNetwork';
import GroupSending from '@salesforce/label/c.BridgePage_GroupSending';
import GroupSignIn from '@salesforce/label/c.BridgePage_GroupSignIn';
import GroupTarget from '@salesforce/label/c.BridgePage_GroupTarget';
import GroupUse from '@salesforce/label/c.BridgePage_GroupUse';
import HelpAllowHandout from '@salesforce/label/c.BridgePage_HelpAllowHandout';
import HelpApiUrl from '@salesforce/label/c.BridgePage_HelpApiUrl';
import HelpAudience from '@salesforce/label/c.BridgePage_HelpAudience';
import HelpBasicEncoding from '@salesforce/label/c.BridgePage_HelpBasicEncoding';
import HelpCampaign from '@salesforce/label/c.BridgePage_HelpCampaign';
import HelpClientCertificate from '@salesforce/label/c.BridgePage_HelpClientCertificate';
import HelpClientId from '@salesforce/label/c.BridgePage_HelpClientId';
import HelpColumns from '@salesforce/label/c.BridgePage_HelpColumns';
import HelpContactListName from '@salesforce/label/c.BridgePage_HelpContactListName';
import HelpContentType from '@salesforce/label/c.BridgePage_HelpContentType';
import HelpCountry from '@salesforce/label/c.BridgePage_HelpCountry';
import HelpCredentialsInBody from '@salesforce/label/c.BridgePage_HelpCredentialsInBody';
import HelpGrantType from '@salesforce/label/c.BridgePage_HelpGrantType';
import HelpIgnoreAuthority from '@salesforce/label/c.BridgePage_HelpIgnoreAuthority';
import HelpIgnoreDate from '@salesforce/label/c.BridgePage_HelpIgnoreDate';
import HelpIgnoreName from '@salesforce/label/c.BridgePage_HelpIgnoreName';
import HelpIgnoreUsage from '@salesforce/label/c.BridgePage_HelpIgnoreUsage';
import HelpMemberStatuses from '@salesforce/label/c.BridgePage_HelpMemberStatuses';
import HelpPassword from '@salesforce/label/c.BridgePage_HelpPassword';
import HelpPhones from '@salesforce/label/c.BridgePage_HelpPhones';
import HelpPrivateKey from '@salesforce/label/c.BridgePage_HelpPrivateKey';
import HelpProxyUri from '@salesforce/label/c.BridgePage_HelpProxyUri';
import HelpRegion from '@salesforce/label/c.BridgePage_HelpRegion';
import HelpRequestsPerMinute from '@salesforce/label/c.BridgePage_HelpRequestsPerMinute';
import HelpResults from '@salesforce/label/c.BridgePage_HelpResults';
import HelpSchedule from '@salesforce/label/c.BridgePage_HelpSchedule';
import HelpScope from '@salesforce/label/c.BridgePage_HelpScope';
import HelpSecret from '@salesforce/label/c.BridgePage_HelpSecret';
import HelpSecurityToken from '@salesforce/label/c.BridgePage_HelpSecurityToken';
import HelpSubject from '@salesforce/label/c.BridgePage_HelpSubject';
import HelpTimeout from '@salesforce/label/c.BridgePage_HelpTimeout';
import HelpTokenLifetime from '@salesforce/label/c.BridgePage_HelpTokenLifetime';
import HelpUrl from '@salesforce/label/c.BridgePage_HelpUrl';
import HideDetails from '@salesforce/label/c.BridgePage_HideDetails';
import Hours from '@salesforce/label/c.BridgePage_Hours';
import HttpStatus from '@salesforce/label/c.BridgePage_HttpStatus';
import JustNow from '@salesforce/label/c.BridgePage_JustNow';
import KeyRefused from '@salesforce/label/c.BridgePage_KeyRefused';
import KindChange from '@salesforce/label/c.BridgePage_KindChange';
import KindProxiedCall from '@salesforce/label/c.BridgePage_KindProxiedCall';
import KindRun from '@salesforce/label/c.BridgePage_KindRun';
import KindTokenRequest from '@salesforce/label/c.BridgePage_KindTokenRequest';
import LastRuns from '@salesforce/label/c.BridgePage_LastRuns';
import Latched from '@salesforce/label/c.BridgePage_Latched';
import LegendFailed from '@salesforce/label/c.BridgePage_LegendFailed';
import LegendProcessed from '@salesforce/label/c.BridgePage_LegendProcessed';
import LifeUnknown from '@salesforce/label/c.BridgePage_LifeUnknown';
import LineFault from '@salesforce/label/c.BridgePage_LineFault';
import LineOf from '@salesforce/label/c.BridgePage_LineOf';
import LineOfFault from '@salesforce/label/c.BridgePage_LineOfFault';
import LinkConnectedApps from '@salesforce/label/c.BridgePage_LinkConnectedApps';
import LinkLoginHistory from '@salesforce/label/c.BridgePage_LinkLoginHistory';
import LinkNamedCredentials from '@salesforce/label/c.BridgePage_LinkNamedCredentials';
import LinkPermissionSets from '@salesforce/label/c.BridgePage_LinkPermissionSets';
import Live from '@salesforce/label/c.BridgePage_Live';
import LiveOff from '@salesforce/label/c.BridgePage_LiveOff';
import LiveOn from '@salesforce/label/c.BridgePage_LiveOn';
import LoadMore from '@salesforce/label/c.BridgePage_LoadMore';
import LoadingWhat from '@salesforce/label/c.BridgePage_LoadingWhat';
import MappingChecked from '@salesforce/label/c.BridgePage_MappingChecked';
import MembersCount from '@salesforce/label/c.BridgePage_MembersCount';
import MembersOf from '@salesforce/label/c.BridgePage_MembersOf';
import Milliseconds from '@salesforce/label/c.BridgePage_Milliseconds';
import Minutes from '@salesforce/label/c.BridgePage_Minutes';
import MoreActions from '@salesforce/label/c.BridgePage_MoreActions';
import MoreLoaded from '@salesforce/label/c.BridgePage_MoreLoaded';
import MostLikely from '@salesforce/label/c.BridgePage_MostLikely';
import NameRule from '@salesforce/label/c.BridgePage_NameRule';
import NeedsAdmin from '@salesforce/label/c.BridgePage_NeedsAdmin';
import NeverChecked from '@salesforce/label/c.BridgePage_NeverChecked';
import NewConnection from '@salesforce/label/c.BridgePage_NewConnection';
import NewSync from '@salesforce/label/c.BridgePage_NewSync';
import No from '@salesforce/label/c.BridgePage_No';
import NoActivityDetail from '@salesforce/label/c.BridgePage_NoActivityDetail';
import NoActivityTitle from '@salesforce/label/c.BridgePage_NoActivityTitle';
import NoConnectionsDetail from '@salesforce/label/c.BridgePage_NoConnectionsDetail';
import NoConnectionsTitle from '@salesforce/label/c.BridgePage_NoConnectionsTitle';
import NoKeyDetail from '@salesforce/label/c.BridgePage_NoKeyDetail';
import NoKeyRemedy from '@salesforce/label/c.BridgePage_NoKeyRemedy';
import NoKeyTitle from '@salesforce/label/c.BridgePage_NoKeyTitle';
import NoLongerThere from '@salesforce/label/c.BridgePage_NoLongerThere';
import NoMatch from '@salesforce/label/c.BridgePage_NoMatch';
import NoRequestsYet from '@salesforce/label/c.BridgePage_NoRequestsYet';
import NoRows from '@salesforce/label/c.BridgePage_NoRows';
import NoRunsDetail from '@salesforce/label/c.BridgePage_NoRunsDetail';
import NoRunsYet from '@salesforce/label/c.BridgePage_NoRunsYet';
import NoSyncsDetail from '@salesforce/label/c.BridgePage_NoSyncsDetail';
import NoSyncsYet from '@salesforce/label/c.BridgePage_NoSyncsYet';
import NotOfferedDetail from '@salesforce/label/c.BridgePage_NotOfferedDetail';
import NotOfferedTitle from '@salesforce/label/c.BridgePage_NotOfferedTitle';
import NotSet from '@salesforce/label/c.BridgePage_NotSet';
import NotSetUp from '@salesforce/label/c.BridgePage_NotSetUp';
import NothingHere from '@salesforce/label/c.BridgePage_NothingHere';
import Off from '@salesforce/label/c.BridgePage_Off';
import On from '@salesforce/label/c.BridgePage_On';
import OpenInPureCloud from '@salesforce/label/c.BridgePage_OpenInPureCloud';
import OutcomeCount from '@salesforce/label/c.BridgePage_OutcomeCount';
import OutcomeFailed from '@salesforce/label/c.BridgePage_OutcomeFailed';
import OutcomeInvalid from '@salesforce/label/c.BridgePage_OutcomeInvalid';
import OutcomeRemoved from '@salesforce/label/c.BridgePage_OutcomeRemoved';
import OutcomeSkipped from '@salesforce/label/c.BridgePage_OutcomeSkipped';
import OutcomeWarning from '@salesforce/label/c.BridgePage_OutcomeWarning';
import Pause from '@salesforce/label/c.BridgePage_Pause';
import PerSecond from '@salesforce/label/c.BridgePage_PerSecond';
import PhaseCheck from '@salesforce/label/c.BridgePage_PhaseCheck';
import PhaseConfirm from '@salesforce/label/c.BridgePage_PhaseConfirm';
import PhaseDone from '@salesforce/label/c.BridgePage_PhaseDone';
import PhaseRead from '@salesforce/label/c.BridgePage_PhaseRead';
import PhaseSend from '@salesforce/label/c.BridgePage_PhaseSend';
import PhaseWriteBack from '@salesforce/label/c.BridgePage_PhaseWriteBack';
import Phases from '@salesforce/label/c.BridgePage_Phases';
import PhoneType from '@salesforce/label/c.BridgePage_PhoneType';
import PlanCounts from '@salesforce/label/c.BridgePage_PlanCounts';
import PlanSkips from '@salesforce/label/c.BridgePage_PlanSkips';
import PlanStale from '@salesforce/label/c.BridgePage_PlanStale';
import ProgressOf from '@salesforce/label/c.BridgePage_ProgressOf';
import ProviderOther from '@salesforce/label/c.BridgePage_ProviderOther';
import ProviderPureCloud from '@salesforce/label/c.BridgePage_ProviderPureCloud';
import ProviderSalesforce from '@salesforce/label/c.BridgePage_ProviderSalesforce';
import ReasonCount from '@salesforce/label/c.BridgePage_ReasonCount';
import ReferenceBridge from '@salesforce/label/c.BridgePage_ReferenceBridge';
import ReferenceUpstream from '@salesforce/label/c.BridgePage_ReferenceUpstream';
import Refresh from '@salesforce/label/c.BridgePage_Refresh';
import RegionOwn from '@salesforce/label/c.BridgePage_RegionOwn';
import Remove from '@salesforce/label/c.BridgePage_Remove';
import RemoveConnectionDetail from '@salesforce/label/c.BridgePage_RemoveConnectionDetail';
import RemoveSyncDetail from '@salesforce/label/c.BridgePage_RemoveSyncDetail';
import RemoveTitle from '@salesforce/label/c.BridgePage_RemoveTitle';
import RequestEnded from '@salesforce/label/c.BridgePage_RequestEnded';
import RequestIntro from '@salesforce/label/c.BridgePage_RequestIntro';
import RequestStarted from '@salesforce/label/c.BridgePage_RequestStarted';
import RequestTitle from '@salesforce/label/c.BridgePage_RequestTitle';
import RequestToken from '@salesforce/label/c.BridgePage_RequestToken';
import Reset from '@salesforce/label/c.BridgePage_Reset';
import Resume from '@salesforce/label/c.BridgePage_Resume';
import RetryFailed from '@salesforce/label/c.BridgePage_RetryFailed';
import Rows from '@salesforce/label/c.BridgePage_Rows';
import RunCancelled from '@salesforce/label/c.BridgePage_RunCancelled';
import RunCancelling from '@salesforce/label/c.BridgePage_RunCancelling';
import RunChartSummary from '@salesforce/label/c.BridgePage_RunChartSummary';
import RunEnded from '@salesforce/label/c.BridgePage_RunEnded';
import RunFailed from '@salesforce/label/c.BridgePage_RunFailed';
import RunOf from '@salesforce/label/c.BridgePage_RunOf';
import RunPaused from '@salesforce/label/c.BridgePage_RunPaused';
import RunPausing from '@salesforce/label/c.BridgePage_RunPausing';
import RunProgress from '@salesforce/label/c.BridgePage_RunProgress';
import RunResumed from '@salesforce/label/c.BridgePage_RunResumed';
import RunStarted from '@salesforce/label/c.BridgePage_RunStarted';
import RunThisPlan from '@salesforce/label/c.BridgePage_RunThisPlan';
import RunTriedAgain from '@salesforce/label/c.BridgePage_RunTriedAgain';
import RunWaiting from '@salesforce/label/c.BridgePage_RunWaiting';
import Save from '@salesforce/label/c.BridgePage_Save';
import SaveAsConnection from '@salesforce/label/c.BridgePage_SaveAsConnection';
import SaveAsIntro from '@salesforce/label/c.BridgePage_SaveAsIntro';
import Seconds from '@salesforce/label/c.BridgePage_Seconds';
import SecretElsewhere from '@salesforce/label/c.BridgePage_SecretElsewhere';
import SecretForgotten from '@salesforce/label/c.BridgePage_SecretForgotten';
import SecretIsSet from '@salesforce/label/c.BridgePage_SecretIsSet';
import SecretNotSet from '@salesforce/label/c.BridgePage_SecretNotSet';
import SecretNote from '@salesforce/label/c.BridgePage_SecretNote';
import SecretSet from '@salesforce/label/c.BridgePage_SecretSet';
import SeeRows from '@salesforce/label/c.BridgePage_SeeRows';
import SeeWhatToDo from '@salesforce/label/c.BridgePage_SeeWhatToDo';
import SetItUp from '@salesforce/label/c.BridgePage_SetItUp';
import SetupIntro from '@salesforce/label/c.BridgePage_SetupIntro';
import SetupTitle from '@salesforce/label/c.BridgePage_SetupTitle';
import ShowDetails from '@salesforce/label/c.BridgePage_ShowDetails';
import ShowStored from '@salesforce/label/c.BridgePage_ShowStored';
import SignIn from '@salesforce/label/c.BridgePage_SignIn';
import SignInHelp from '@salesforce/label/c.BridgePage_SignInHelp';
import SignInIntro from '@salesforce/label/c.BridgePage_SignInIntro';
import SignInTitle from '@salesforce/label/c.BridgePage_SignInTitle';
import SignInWhere from '@salesforce/label/c.BridgePage_SignInWhere';
import SignOut from '@salesforce/label/c.BridgePage_SignOut';
import StaleSince from '@salesforce/label/c.BridgePage_StaleSince';
import StalestSync from '@salesforce/label/c.BridgePage_StalestSync';
import StartSetup from '@salesforce/label/c.BridgePage_StartSetup';
import StartedAt from '@salesforce/label/c.BridgePage_StartedAt';
import StartedBy from '@salesforce/label/c.BridgePage_StartedBy';
import StepAddConnection from '@salesforce/label/c.BridgePage_StepAddConnection';
import StepAddSync from '@salesforce/label/c.BridgePage_StepAddSync';
import StepBridge from '@salesforce/label/c.BridgePage_StepBridge';
import StepDone from '@salesforce/label/c.BridgePage_StepDone';
import StepDryRun from '@salesforce/label/c.BridgePage_StepDryRun';
import StepFailed from '@salesforce/label/c.BridgePage_StepFailed';
import StepNamedCredential from '@salesforce/label/c.BridgePage_StepNamedCredential';
import StepPermissionSet from '@salesforce/label/c.BridgePage_StepPermissionSet';
import StepPrincipal from '@salesforce/label/c.BridgePage_StepPrincipal';
import StepPureCloud from '@salesforce/label/c.BridgePage_StepPureCloud';
import StepSalesforce from '@salesforce/label/c.BridgePage_StepSalesforce';
import StepSyncsMissing from '@salesforce/label/c.BridgePage_StepSyncsMissing';
import StepTestConnection from '@salesforce/label/c.BridgePage_StepTestConnection';
import StepTodo from '@salesforce/label/c.BridgePage_StepTodo';
import StepUnknown from '@salesforce/label/c.BridgePage_StepUnknown';
import StoredNowDetail from '@salesforce/label/c.BridgePage_StoredNowDetail';
import StoredNowTitle from '@salesforce/label/c.BridgePage_StoredNowTitle';
import SyncNow from '@salesforce/label/c.BridgePage_SyncNow';
import SyncPaused from '@salesforce/label/c.BridgePage_SyncPaused';
import SyncRemoved from '@salesforce/label/c.BridgePage_SyncRemoved';
import SyncResumed from '@salesforce/label/c.BridgePage_SyncResumed';
import SyncSaved from '@salesforce/label/c.BridgePage_SyncSaved';
import TabActivity from '@salesforce/label/c.BridgePage_TabActivity';
import TabConnections from '@salesforce/label/c.BridgePage_TabConnections';
import TabConsent from '@salesforce/label/c.BridgePage_TabConsent';
import TabMapping from '@salesforce/label/c.BridgePage_TabMapping';
import TabOverview from '@salesforce/label/c.BridgePage_TabOverview';
import TabRequest from '@salesforce/label/c.BridgePage_TabRequest';
import TabResults from '@salesforce/label/c.BridgePage_TabResults';
import TabRuns from '@salesforce/label/c.BridgePage_TabRuns';
import TabSchedule from '@salesforce/label/c.BridgePage_TabSchedule';
import TabSetup from '@salesforce/label/c.BridgePage_TabSetup';
import TabSummary from '@salesforce/label/c.BridgePage_TabSummary';
import TabSyncs from '@salesforce/label/c.BridgePage_TabSyncs';
import TestConnection from '@salesforce/label/c.BridgePage_TestConnection';
import TestFailed from '@salesforce/label/c.BridgePage_TestFailed';
import TestPassed from '@salesforce/label/c.BridgePage_TestPassed';
import TestStarted from '@salesforce/label/c.BridgePage_TestStarted';
import Testing from '@salesforce/label/c.BridgePage_Testing';
import TextType from '@salesforce/label/c.BridgePage_TextType';
import TileBridge from '@salesforce/label/c.BridgePage_TileBridge';
import TokenCharacters from '@salesforce/label/c.BridgePage_TokenCharacters';
import TokenCharactersOne from '@salesforce/label/c.BridgePage_TokenCharactersOne';
import TokenHeld from '@salesforce/label/c.BridgePage_TokenHeld';
import TokenLeft from '@salesforce/label/c.BridgePage_TokenLeft';
import TokenNone from '@salesforce/label/c.BridgePage_TokenNone';
import TokenRefused from '@salesforce/label/c.BridgePage_TokenRefused';
import TokenRenews from '@salesforce/label/c.BridgePage_TokenRenews';
import TryAgain from '@salesforce/label/c.BridgePage_TryAgain';
import UnmappedCount from '@salesforce/label/c.BridgePage_UnmappedCount';
import UnmappedRemedy from '@salesforce/label/c.BridgePage_UnmappedRemedy';
import UnmappedTitle from '@salesforce/label/c.BridgePage_UnmappedTitle';
import UpstreamAnswer from '@salesforce/label/c.BridgePage_UpstreamAnswer';
import UpstreamBody from '@salesforce/label/c.BridgePage_UpstreamBody';
import VersionIs from '@salesforce/label/c.BridgePage_VersionIs';
import ViewAsChart from '@salesforce/label/c.BridgePage_ViewAsChart';
import ViewAsTable from '@salesforce/label/c.BridgePage_ViewAsTable';
import WelcomeDetail from '@salesforce/label/c.BridgePage_WelcomeDetail';
import WelcomeTitle from '@salesforce/label/c.BridgePage_WelcomeTitle';
import WhatActivity from '@salesforce/label/c.BridgePage_WhatActivity';
import WhatConnections from '@salesforce/label/c.BridgePage_WhatConnections';
import WhatRows from '@salesforce/label/c.BridgePage_WhatRows';
import WhatRuns from '@salesforce/label/c.BridgePage_WhatRuns';
import WhatSetup from '@salesforce/label/c.BridgePage_WhatSetup';
import WhatStatus from '@salesforce/label/c.BridgePage_WhatStatus';
import WhatSyncs from '@salesforce/label/c.BridgePage_WhatSyncs';
import WhatToDo from '@salesforce/label/c.BridgePage_WhatToDo';
import WordActionNeeded from '@salesforce/label/c.BridgePage_WordActionNeeded';
import WordFailed from '@salesforce/label/c.BridgePage_WordFailed';
import WordHealthy from '@salesforce/label/c.BridgePage_WordHealthy';
import WordLate from '@salesforce/label/c.BridgePage_WordLate';
import WordPartFailed from '@salesforce/label/c.BridgePage_WordPartFailed';
import WordPaused from '@salesforce/label/c.BridgePage_WordPaused';
import WordRunning from '@salesforce/label/c.BridgePage_WordRunning';
import WordUnknown from '@salesforce/label/c.BridgePage_WordUnknown';
import Yes from '@salesforce/label/c.BridgePage_Yes';

/** Every text of the page, by its name in the custom labels of the package. */
export const LABEL = {
  About,
  Ago,
  All,
  AnswerNone,
  AnswerStatus,
  AnsweredIn,
  ApiReference,
  ApiUsage,
  AppName,
  AttentionMany,
  AttentionOf,
  AttentionOne,
  BasicRaw,
  BasicRfc,
  BridgeAway,
  BridgeBack,
  BridgeKey,
  BrowserAwayDetail,
  BrowserAwayRemedy,
  BrowserAwayTitle,
  BrowserLateDetail,
  BrowserLateRemedy,
  BrowserLateTitle,
  ByHand,
  Cancel,
  CancelDetail,
  CancelRun,
  CancelTitle,
  CheckCampaign,
  CheckClock,
  CheckContactList,
  CheckFailed,
  CheckFields,
  CheckMapping,
  CheckMemberStatuses,
  CheckName,
  CheckNotRun,
  CheckNow,
  CheckOk,
  CheckPermissions,
  CheckRateRoom,
  CheckResultFields,
  CheckResults,
  CheckSignIn,
  CheckTls,
  CheckWarning,
  CheckWrapUps,
  Checked,
  CheckedNow,
  Checks,
  Clear,
  ClearFilters,
  Code,
  ColumnCaller,
  ColumnColumn,
  ColumnConnection,
  ColumnCount,
  ColumnExitPath,
  ColumnFailed,
  ColumnField,
  ColumnFix,
  ColumnMember,
  ColumnMemberStatus,
  ColumnOriginal,
  ColumnOutcome,
  ColumnProcessed,
  ColumnReason,
  ColumnReference,
  ColumnResult,
  ColumnShare,
  ColumnStarted,
  ColumnStatus,
  ColumnSummary,
  ColumnSync,
  ColumnTime,
  ColumnTook,
  ColumnType,
  ColumnWhat,
  ColumnWrapUp,
  ConnectionRemoved,
  ConnectionReset,
  ConnectionSaved,
  Copied,
  CopyForSupport,
  CopyRefused,
  CountAdded,
  CountChanged,
  CountFailed,
  CountInvalid,
  CountMembersRead,
  CountMembersUpdated,
  CountRemoved,
  CountResultsRead,
  CountSkipped,
  CountUnchanged,
  Counting,
  Days,
  DryRun,
  DryRunOf,
  DryRunStarted,
  Edit,
  EditConnection,
  ErrorRemedy,
  ErrorTitle,
  ErrorUnknown,
  ExitConnectionFailure,
  ExitFailure,
  ExitPathsTitle,
  ExitSuccess,
  ExitTimeout,
  ExitUnknownHost,
  Explain,
  ExplainIntro,
  ExplainLabel,
  ExplainTitle,
  ExportCsv,
  Exported,
  ExportedOne,
  FactChanged,
  FactFresh,
  FactInstance,
  FactLastRun,
  FactLastUsed,
  FactLife,
  FactNextRun,
  FactSecrets,
  FactSignIn,
  FactToken,
  FactTokenType,
  FactUsesToday,
  FieldAllowHandout,
  FieldApiUrl,
  FieldAudience,
  FieldBasicEncoding,
  FieldCampaign,
  FieldClientCertificate,
  FieldClientId,
  FieldClientSecret,
  FieldColumns,
  FieldContactList,
  FieldContactListId,
  FieldContactListName,
  FieldContentType,
  FieldCredentialsInBody,
  FieldDefaultCountry,
  FieldExcludeDoNotCall,
  FieldGrantType,
  FieldIgnoreAuthority,
  FieldIgnoreDate,
  FieldIgnoreName,
  FieldIgnoreUsage,
  FieldKeepBlankValues,
  FieldLastAttempt,
  FieldLastResult,
  FieldMemberStatuses,
  FieldName,
  FieldPassword,
  FieldPhones,
  FieldPrivateKey,
  FieldProvider,
  FieldProxyUri,
  FieldPureCloudConnection,
  FieldRegion,
  FieldRequestsPerMinute,
  FieldResults,
  FieldSalesforceConnection,
  FieldSchedule,
  FieldScope,
  FieldSecurityToken,
  FieldSubject,
  FieldTimeZone,
  FieldTimeout,
  FieldTokenLifetime,
  FieldUrl,
  FieldUsername,
  FilterByName,
  FindingsCount,
  ForbiddenDetail,
  ForbiddenTitle,
  GoThere,
  GrantClientCredentials,
  GrantJwt,
  GrantPassword,
  GroupCertificates,
  GroupEnds,
  GroupNetwork,
  GroupSending,
  GroupSignIn,
  GroupTarget,
  GroupUse,
  HelpAllowHandout,
  HelpApiUrl,
  HelpAudience,
  HelpBasicEncoding,
  HelpCampaign,
  HelpClientCertificate,
  HelpClientId,
  HelpColumns,
  HelpContactListName,
  HelpContentType,
  HelpCountry,
  HelpCredentialsInBody,
  HelpGrantType,
  HelpIgnoreAuthority,
  HelpIgnoreDate,
  HelpIgnoreName,
  HelpIgnoreUsage,
  HelpMemberStatuses,
  HelpPassword,
  HelpPhones,
  HelpPrivateKey,
  HelpProxyUri,
  HelpRegion,
  HelpRequestsPerMinute,
  HelpResults,
  HelpSchedule,
  HelpScope,
  HelpSecret,
  HelpSecurityToken,
  HelpSubject,
  HelpTimeout,
  HelpTokenLifetime,
  HelpUrl,
  HideDetails,
  Hours,
  HttpStatus,
  JustNow,
  KeyRefused,
  KindChange,
  KindProxiedCall,
  KindRun,
  KindTokenRequest,
  LastRuns,
  Latched,
  LegendFailed,
  LegendProcessed,
  LifeUnknown,
  LineFault,
  LineOf,
  LineOfFault,
  LinkConnectedApps,
  LinkLoginHistory,
  LinkNamedCredentials,
  LinkPermissionSets,
  Live,
  LiveOff,
  LiveOn,
  LoadMore,
  LoadingWhat,
  MappingChecked,
  MembersCount,
  MembersOf,
  Milliseconds,
  Minutes,
  MoreActions,
  MoreLoaded,
  MostLikely,
  NameRule,
  NeedsAdmin,
  NeverChecked,
  NewConnection,
  NewSync,
  No,
  NoActivityDetail,
  NoActivityTitle,
  NoConnectionsDetail,
  NoConnectionsTitle,
  NoKeyDetail,
  NoKeyRemedy,
  NoKeyTitle,
  NoLongerThere,
  NoMatch,
  NoRequestsYet,
  NoRows,
  NoRunsDetail,
  NoRunsYet,
  NoSyncsDetail,
  NoSyncsYet,
  NotOfferedDetail,
  NotOfferedTitle,
  NotSet,
  NotSetUp,
  NothingHere,
  Off,
  On,
  OpenInPureCloud,
  OutcomeCount,
  OutcomeFailed,
  OutcomeInvalid,
  OutcomeRemoved,
  OutcomeSkipped,
  OutcomeWarning,
  Pause,
  PerSecond,
  PhaseCheck,
  PhaseConfirm,
  PhaseDone,
  PhaseRead,
  PhaseSend,
  PhaseWriteBack,
  Phases,
  PhoneType,
  PlanCounts,
  PlanSkips,
  PlanStale,
  ProgressOf,
  ProviderOther,
  ProviderPureCloud,
  ProviderSalesforce,
  ReasonCount,
  ReferenceBridge,
  ReferenceUpstream,
  Refresh,
  RegionOwn,
  Remove,
  RemoveConnectionDetail,
  RemoveSyncDetail,
  RemoveTitle,
  RequestEnded,
  RequestIntro,
  RequestStarted,
  RequestTitle,
  RequestToken,
  Reset,
  Resume,
  RetryFailed,
  Rows,
  RunCancelled,
  RunCancelling,
  RunChartSummary,
  RunEnded,
  RunFailed,
  RunOf,
  RunPaused,
  RunPausing,
  RunProgress,
  RunResumed,
  RunStarted,
  RunThisPlan,
  RunTriedAgain,
  RunWaiting,
  Save,
  SaveAsConnection,
  SaveAsIntro,
  Seconds,
  SecretElsewhere,
  SecretForgotten,
  SecretIsSet,
  SecretNotSet,
  SecretNote,
  SecretSet,
  SeeRows,
  SeeWhatToDo,
  SetItUp,
  SetupIntro,
  SetupTitle,
  ShowDetails,
  ShowStored,
  SignIn,
  SignInHelp,
  SignInIntro,
  SignInTitle,
  SignInWhere,
  SignOut,
  StaleSince,
  StalestSync,
  StartSetup,
  StartedAt,
  StartedBy,
  StepAddConnection,
  StepAddSync,
  StepBridge,
  StepDone,
  StepDryRun,
  StepFailed,
  StepNamedCredential,
  StepPermissionSet,
  StepPrincipal,
  StepPureCloud,
  StepSalesforce,
  StepSyncsMissing,
  StepTestConnection,
  StepTodo,
  StepUnknown,
  StoredNowDetail,
  StoredNowTitle,
  SyncNow,
  SyncPaused,
  SyncRemoved,
  SyncResumed,
  SyncSaved,
  TabActivity,
  TabConnections,
  TabConsent,
  TabMapping,
  TabOverview,
  TabRequest,
  TabResults,
  TabRuns,
  TabSchedule,
  TabSetup,
  TabSummary,
  TabSyncs,
  TestConnection,
  TestFailed,
  TestPassed,
  TestStarted,
  Testing,
  TextType,
  TileBridge,
  TokenCharacters,
  TokenCharactersOne,
  TokenHeld,
  TokenLeft,
  TokenNone,
  TokenRefused,
  TokenRenews,
  TryAgain,
  UnmappedCount,
  UnmappedRemedy,
  UnmappedTitle,
  UpstreamAnswer,
  UpstreamBody,
  VersionIs,
  ViewAsChart,
  ViewAsTable,
  WelcomeDetail,
  WelcomeTitle,
  WhatActivity,
  WhatConnections,
  WhatRows,
  WhatRuns,
  WhatSetup,
  WhatStatus,
  WhatSyncs,
  WhatToDo,
  WordActionNeeded,
  WordFailed,
  WordHealthy,
  WordLate,
  WordPartFailed,
  WordPaused,
  WordRunning,
  WordUnknown,
  Yes,
};
