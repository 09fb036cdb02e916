package org.apache.http.client.methods;

/** The tests make the AWS SDK's answers, not its requests over HTTP: of Apache's client they need this name alone. */
public abstract class HttpRequestBase {}
