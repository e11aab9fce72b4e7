// A certificate for localhost and its key, made for these programs alone.
#ifndef CERT_H
#define CERT_H

static const char stress_cert[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBnDCCAUGgAwIBAgIUBewjr0oJXlRZCSKwPre5mR8/MCQwCgYIKoZIzj0EAwIw\n"
    "FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNzA2NDIzMloYDzIxMjYxMTAz\n"
    "MDY0MjMyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO\n"
    "PQMBBwNCAAT73LaTrNEchuDThKlpCB7hnE5nC3BKPMJibpnUghFLxAYcOMlvNxPa\n"
    "rsY+clnGSHgFWNrCHwYtt30LLsROTqNOo28wbTAdBgNVHQ4EFgQU9lyKxNbtszIY\n"
    "U1hnNtMWPLG1zTMwHwYDVR0jBBgwFoAU9lyKxNbtszIYU1hnNtMWPLG1zTMwDwYD\n"
    "VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI\n"
    "zj0EAwIDSQAwRgIhALGZ4jdob7w2z3bBnTyezEVnBcwaNPoF+RK+ndo9P/WEAiEA\n"
    "hHeliTSWOfsujA3VjybvE2IYegUcTPkosQRPAQH0XWg=\n"
    "-----END CERTIFICATE-----\n"
    ;
static const char stress_key[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/WQAIhnFAOvBkivr\n"
    "ek+QaMdzMkQGFYoXGW1pE05a5A2hRANCAAT73LaTrNEchuDThKlpCB7hnE5nC3BK\n"
    "PMJibpnUghFLxAYcOMlvNxParsY+clnGSHgFWNrCHwYtt30LLsROTqNO\n"
    "-----END PRIVATE KEY-----\n"
    ;

#endif
